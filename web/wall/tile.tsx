import { useEffect, useRef } from 'preact/hooks';
import type { StreamStatus } from '../../src/domain/status.ts';
import { streamAddress } from '../address.ts';
import { playedPath } from '../herd/play-token.ts';
import { State } from '../parts/state.tsx';
import { rateText } from '../words/amount.ts';
import { PictureQueue } from './picture-queue.ts';
import { notesOf } from './wall-filter.ts';

interface TileProps {
  readonly stream: StreamStatus;
  readonly index: number;
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** In its group, from 1. */
  readonly position: number;
  readonly count: number;
  readonly isReached: boolean;
}

/** Signals let a component draw again only when its properties are others: a wall hears of many streams a second. */
export function Tile({ stream, index, leftPx, topPx, widthPx, heightPx, position, count, isReached }: TileProps) {
  const { name, title, state, server, error, bitrateKbps } = stream;
  const notes = notesOf(stream);
  return (
    <li
      class="tile"
      data-index={index}
      aria-posinset={position}
      aria-setsize={count}
      style={{ transform: `translate(${leftPx}px, ${topPx}px)`, width: `${widthPx}px`, height: `${heightPx}px` }}
    >
      <a
        href={streamAddress(name)}
        tabIndex={isReached ? 0 : -1}
        title={[title, error, ...notes].filter(Boolean).join('\n')}
      >
        <Picture stream={name} isLive={state === 'live'} />
        <span class="what">
          <strong>{name}</strong> <State of={state} />
        </span>
        <span class="note">
          {[server ?? 'no server', title, state === 'live' && bitrateKbps !== undefined && rateText(bitrateKbps)]
            .filter(Boolean)
            .join(' · ')}
        </span>
        <span class={error === undefined || state === 'live' ? 'note' : 'note bad'}>
          {state === 'live' ? notes.join(', ') : (error ?? notes.join(', '))}
        </span>
      </a>
    </li>
  );
}

const queue = new PictureQueue();
const TURN_MS = 100;
setInterval(() => {
  if (!document.hidden) queue.turn(performance.now());
}, TURN_MS);

/** The newest picture, asked for again while the tile is seen. The last one stays until the next is there. */
function Picture({ stream, isLive }: { stream: string; isLive: boolean }) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const element = image.current;
    if (element === null || !isLive) return undefined;
    let count = 0;
    const load = () => {
      count += 1;
      // Another address each time: a browser does not ask for the same picture again within a page.
      element.src = playedPath(stream, `preview.jpg?n=${count}`);
    };
    const end = ({ type }: Event) => {
      element.classList.toggle('there', type === 'load' || element.classList.contains('there'));
      queue.loaded(element, type === 'load', performance.now());
    };
    element.addEventListener('load', end);
    element.addEventListener('error', end);
    queue.seen(element, load, performance.now());
    return () => {
      element.removeEventListener('load', end);
      element.removeEventListener('error', end);
      queue.gone(element);
      // Ends the request.
      element.removeAttribute('src');
      element.classList.remove('there');
    };
  }, [stream, isLive]);
  return (
    <span class="picture">
      <img ref={image} alt="" />
    </span>
  );
}
