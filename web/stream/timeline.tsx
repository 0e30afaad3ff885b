import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { isWarning } from '../events/event-text.ts';
import { HoverPicture } from './hover-picture.tsx';
import { type Part, partAt } from './recorded-parts.ts';
import { panned, shareAt, stepOf, type TimeWindow, ticksOf, timeAt, zoomed } from './time-window.ts';

const COLOURS = 6;
const HEIGHT = 74;
const PX_A_TICK = 90;

export interface Marks {
  readonly fromS?: number;
  readonly untilS?: number;
}

interface TimelineProps {
  readonly stream: string;
  readonly window: ReadonlySignal<TimeWindow>;
  readonly parts: readonly Part[];
  readonly recorders: readonly string[];
  readonly events: readonly HerdEvent[];
  readonly marks: Signal<Marks>;
  /** Of the picture, Unix seconds. */
  readonly atS: number;
  readonly isLive: boolean;
  readonly onShow: (window: TimeWindow) => void;
  readonly onSeek: (atS: number) => void;
  readonly onLive: () => void;
}

/** What is recorded, by which server, what is not and why, what happened, and where the picture stands. */
export function Timeline(props: TimelineProps) {
  const { stream, window, parts, recorders, events, marks, atS, isLive, onShow, onSeek } = props;
  const box = useRef<HTMLDivElement>(null);
  const hovered = useSignal<number | undefined>(undefined);
  const width = useSignal(800);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      width.value = Math.max(1, element.clientWidth);
    });
    observer.observe(element);
    // Not by a property: a listener for wheels that may hold the page still has to say so.
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      const around = timeAt(window.peek(), shareOf(element, event.clientX));
      onShow(zoomed(window.peek(), event.deltaY > 0 ? 1.25 : 0.8, around, Date.now() / 1000));
    };
    element.addEventListener('wheel', turn, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', turn);
    };
  }, []);
  const shown = window.value;
  const x = (s: number) => Math.round(shareAt(shown, s) * width.value * 10) / 10;
  const here = partAt(parts, atS)?.says ?? 'nothing recorded';
  const said = isLive ? 'live' : `${new Date(atS * 1000).toLocaleString()}, ${here}`;
  return (
    <div class="timeline">
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label="Time of the picture"
        aria-valuemin={Math.round(shown.fromS)}
        aria-valuemax={Math.round(shown.untilS)}
        aria-valuenow={Math.round(Math.min(shown.untilS, Math.max(shown.fromS, atS)))}
        aria-valuetext={said}
        onClick={({ clientX, currentTarget }) => onSeek(timeAt(shown, shareOf(currentTarget, clientX)))}
        onPointerMove={({ clientX, currentTarget }) => {
          hovered.value = timeAt(shown, shareOf(currentTarget, clientX));
        }}
        onPointerLeave={() => {
          hovered.value = undefined;
        }}
        onKeyDown={(event) => {
          if (byKey(event, props)) event.preventDefault();
        }}
      >
        <svg width={width.value} height={HEIGHT} aria-hidden="true">
          {ticksOf(shown, width.value / PX_A_TICK, offsetAt).map((tick) => (
            <g key={tick.atS} class="tick">
              <line x1={x(tick.atS)} x2={x(tick.atS)} y1="0" y2={HEIGHT} />
              <text x={x(tick.atS) + 3} y="11">
                {tick.text}
              </text>
            </g>
          ))}
          {parts.map((part) => (
            <Bar
              key={`${part.kind} ${part.fromS} ${part.server}`}
              part={part}
              x={x}
              width={width.value}
              recorders={recorders}
            />
          ))}
          {events.map((event) => (
            <path
              key={`${event.at} ${event.kind}`}
              class={isWarning(event.kind) ? 'event warning' : 'event'}
              d={`M${x(Date.parse(event.at) / 1000)} 58 l5 12 h-10 z`}
            >
              <title>{`${new Date(event.at).toLocaleTimeString()} ${event.kind}: ${event.why}`}</title>
            </path>
          ))}
          <Marked marks={marks.value} x={x} width={width.value} />
          <line class="head" x1={x(atS)} x2={x(atS)} y1="0" y2={HEIGHT} />
        </svg>
        <HoverPicture stream={stream} atS={hovered} share={(s) => shareAt(shown, s)} parts={parts} />
      </div>
      <ul class="legend" aria-label="Colours">
        {recorders.map((server) => (
          <li key={server}>
            <span class={`swatch by${recorders.indexOf(server) % COLOURS}`} /> {server}
          </li>
        ))}
        <li>
          <span class="swatch gap" /> not recorded
        </li>
        <li>
          <span class="swatch away" /> cannot be had now
        </li>
        <li>
          <span class="swatch kept" /> protected
        </li>
      </ul>
    </div>
  );
}

function Bar({
  part,
  x,
  width,
  recorders,
}: {
  part: Part;
  x: (s: number) => number;
  width: number;
  recorders: readonly string[];
}) {
  const { kind, fromS, untilS, server, says } = part;
  const [left, right] = [Math.max(-1, x(fromS)), Math.min(width + 1, x(untilS))];
  const [top, height] = kind === 'kept' ? [16, 5] : [22, 32];
  const colour = kind === 'recorded' ? ` by${Math.max(0, recorders.indexOf(server ?? '')) % COLOURS}` : '';
  return (
    <rect class={`part ${kind}${colour}`} x={left} y={top} width={Math.max(1, right - left)} height={height}>
      <title>{says}</title>
    </rect>
  );
}

function Marked({ marks: { fromS, untilS }, x, width }: { marks: Marks; x: (s: number) => number; width: number }) {
  if (fromS === undefined && untilS === undefined) return null;
  const left = fromS === undefined ? x(untilS ?? 0) - 1 : Math.max(-2, x(fromS));
  const right = untilS === undefined ? left + 2 : Math.min(width + 2, x(untilS));
  return <rect class="marked" x={left} y="0" width={Math.max(2, right - left)} height={HEIGHT} />;
}

/** Of the zone of this computer. */
function offsetAt(atS: number): number {
  return -60 * new Date(1000 * atS).getTimezoneOffset();
}

/** @returns whether the key means something here. */
function byKey(event: KeyboardEvent, { window, marks, atS, onShow, onSeek, onLive }: TimelineProps): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const shown = window.peek();
  const nowS = Date.now() / 1000;
  const step = stepOf(shown);
  const act = {
    ArrowLeft: () => onSeek(atS - step),
    ArrowDown: () => onSeek(atS - step),
    ArrowRight: () => onSeek(atS + step),
    ArrowUp: () => onSeek(atS + step),
    PageUp: () => onSeek(atS + 10 * step),
    PageDown: () => onSeek(atS - 10 * step),
    Home: () => onSeek(shown.fromS),
    End: onLive,
    '+': () => onShow(zoomed(shown, 0.5, atS, nowS)),
    '-': () => onShow(zoomed(shown, 2, atS, nowS)),
    ',': () => onShow(panned(shown, -20 * step, nowS)),
    '.': () => onShow(panned(shown, 20 * step, nowS)),
    '[': () => (marks.value = { ...marks.peek(), fromS: Math.floor(atS) }),
    ']': () => (marks.value = { ...marks.peek(), untilS: Math.ceil(atS) }),
  }[event.key];
  act?.();
  return act !== undefined;
}

function shareOf(element: Element, clientX: number): number {
  const { left, width } = element.getBoundingClientRect();
  return (clientX - left) / Math.max(1, width);
}
