import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RecordingStatus } from '../../src/archive/playback/recording-status.ts';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { EventList } from '../events/event-list.tsx';
import { joined } from '../events/event-text.ts';
import { pastEvents } from '../events/past-events.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { events as happened } from '../herd/herd-feed.ts';
import { playedPath } from '../herd/play-token.ts';
import { go, place } from '../navigation.ts';
import { PlayerFrame, type Playing, usePlayer } from './framed-player.tsx';
import { PartList } from './part-list.tsx';
import { RangeTools } from './range-tools.tsx';
import { NOTHING_RECORDED, partsOf, recordersOf } from './recorded-parts.ts';
import { following, lengthOf, panned, type TimeWindow, windowAround, windowUntilNow } from './time-window.ts';
import { type Marks, Timeline } from './timeline.tsx';

const LENGTHS = [
  [60, 'a minute'],
  [600, '10 minutes'],
  [3600, 'an hour'],
  [21_600, '6 hours'],
  [86_400, 'a day'],
  [604_800, 'a week'],
] as const;
const READ_MS = 10_000;
const MAX_EVENTS = 2000;
const MOVES = new Set([
  'stream-claimed',
  'stream-handed-back',
  'stream-stopped',
  'stream-adopted',
  'operator-acted',
  'definition-changed',
]);
const MAX_MOVES = 50;
const nowS = () => Date.now() / 1000;

/** The picture of a stream with its timeline, and what can be done with its recordings. */
export function Recordings({ name }: { name: string }) {
  const askedS = secondsIn(place.peek().query.at);
  const marks = useSignal<Marks>({});
  const player = usePlayer(askedS);
  const { chosen, window, show } = useWindow(askedS, player.playing);
  const { status, problem, read } = useStatus(name, chosen, window);
  const past = usePast(name);
  const parts = useComputed(() => partsOf(status.value, window.value));
  const shown = useComputed(() => past.value.filter(({ at }) => isWithin(window.value, Date.parse(at) / 1000)));
  const playing = player.playing.value;
  const atS = playing === undefined || playing.mode === '' ? (askedS ?? nowS()) : playing.at;
  const seek = (to: number) => {
    const bounded = Math.min(nowS(), to);
    player.play(bounded);
    show(following(window.peek(), bounded, nowS()));
    go('stream', { stream: name, at: new Date(Math.floor(bounded) * 1000).toISOString() }, true);
  };
  const live = () => {
    player.play('live');
    show(windowUntilNow(lengthOf(window.peek()), nowS()));
    go('stream', { stream: name }, true);
  };
  return (
    <>
      <PlayerFrame stream={name} player={player} />
      <div class="filters">
        <button type="button" onClick={() => player.play('other')}>
          {playing?.isPaused === true ? 'Play' : 'Pause'}
        </button>
        <button type="button" aria-pressed={playing?.mode === 'live'} onClick={live}>
          Live
        </button>
        <span>{new Date(atS * 1000).toLocaleString()}</span>
        <label>
          Show{' '}
          <select
            value={String(LENGTHS.find(([length]) => length === Math.round(lengthOf(window.value)))?.[0] ?? '')}
            onChange={({ currentTarget }) => {
              const length = Number(currentTarget.value);
              if (length > 0) show(windowAround(atS, length, nowS()));
            }}
          >
            <option value="">other</option>
            {LENGTHS.map(([length, text]) => (
              <option key={length} value={String(length)}>
                {text}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Timeline
        stream={name}
        window={window}
        parts={parts.value}
        recorders={recordersOf(status.value)}
        events={shown.value}
        marks={marks}
        atS={atS}
        isLive={playing?.mode === 'live'}
        onShow={show}
        onSeek={seek}
        onLive={live}
      />
      {problem.value !== '' && <p class="bad">{problem.value}</p>}
      <RangeTools stream={name} marks={marks} atS={atS} onKept={read} />
      <PartList stream={name} parts={parts.value} onSeek={seek} onReleased={read} />
      <h2>Moves</h2>
      <EventList events={past.value.filter(({ kind }) => MOVES.has(kind)).slice(0, MAX_MOVES)} label="Moves" />
    </>
  );
}

/** The time that is shown: the chosen one, which moves on with the live picture if that is in it. */
function useWindow(askedS: number | undefined, playing: ReadonlySignal<Playing | undefined>) {
  const chosenNow = (window: TimeWindow) => {
    const sinceS = nowS();
    const { at = sinceS, mode } = playing.peek() ?? {};
    // The live picture is some seconds old, and a window of a minute around it may end before now.
    const liveS = mode === 'live' ? Math.min(at, sinceS) : sinceS;
    return { window, sinceS, hasLive: window.untilS >= liveS };
  };
  const chosen = useSignal(
    chosenNow(askedS === undefined ? windowUntilNow(3600, nowS()) : windowAround(askedS, 3600, nowS())),
  );
  const window = useComputed(() => {
    const { window: first, sinceS, hasLive } = chosen.value;
    return hasLive && playing.value?.mode === 'live' ? panned(first, nowS() - sinceS, nowS()) : first;
  });
  const show = (wanted: TimeWindow) => {
    chosen.value = chosenNow(wanted);
  };
  return { chosen, window, show };
}

/** What is recorded of the time that is shown: read when another one is chosen, and again as it grows. */
function useStatus(name: string, chosen: ReadonlySignal<unknown>, window: ReadonlySignal<TimeWindow>) {
  const status = useSignal<RecordingStatus>(NOTHING_RECORDED);
  const problem = useSignal('');
  const reads = useSignal(0);
  const read = () => {
    reads.value += 1;
  };
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && read(), READ_MS);
    return () => clearInterval(timer);
  }, []);
  useSignalEffect(() => {
    void [reads.value, chosen.value];
    const { fromS, untilS } = window.peek();
    let isOld = false;
    // While a wheel turns nothing is asked.
    const timer = setTimeout(() => {
      const query = `from=${Math.floor(fromS)}&to=${Math.ceil(untilS)}&detail=1`;
      void ask<readonly RecordingStatus[]>(playedPath(name, `recording_status.json?${query}`)).then(
        ({ answer: [told] }) => {
          if (isOld) return;
          problem.value = '';
          status.value = told ?? NOTHING_RECORDED;
        },
        (error: unknown) => {
          if (!isOld) problem.value = `What is recorded cannot be read: ${reasonOf(error)}`;
        },
      );
    }, 150);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  });
  return { status, problem, read };
}

/** What has happened to the stream, as far as it is kept, and what happens: newest first. */
function usePast(name: string) {
  const past = useSignal<readonly HerdEvent[]>([]);
  useEffect(() => {
    void pastEvents({ stream: name, since: new Date(0).toISOString(), limit: MAX_EVENTS }).then(
      (told) => {
        past.value = joined([], told, MAX_EVENTS);
      },
      // The moves stay empty; the log has a page of its own.
      () => {},
    );
  }, [name]);
  return useComputed(() =>
    joined(past.value, happened.value.filter(({ stream }) => stream === name).toReversed(), MAX_EVENTS),
  );
}

function isWithin({ fromS, untilS }: TimeWindow, atS: number): boolean {
  return atS >= fromS && atS <= untilS;
}

function secondsIn(iso: string | undefined): number | undefined {
  const ms = iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}
