/** What a timeline shows. Times are Unix seconds. */
export interface TimeWindow {
  readonly fromS: number;
  readonly untilS: number;
}

export const LEAST_S = 60;
export const MOST_S = 31 * 86_400;
/** The live picture stands so far from the right edge, as a part of the window. */
const AHEAD = 0.04;

export function lengthOf({ fromS, untilS }: TimeWindow): number {
  return untilS - fromS;
}

export function windowAround(atS: number, lengthS: number, nowS: number): TimeWindow {
  const bounded = Math.min(MOST_S, Math.max(LEAST_S, lengthS));
  const latest = nowS + bounded * AHEAD;
  const untilS = Math.min(latest, atS + bounded / 2);
  return { fromS: untilS - bounded, untilS };
}

export function windowUntilNow(lengthS: number, nowS: number): TimeWindow {
  return windowAround(nowS + lengthS, lengthS, nowS);
}

/** The time at `aroundS` stays where it is. `factor` below 1: a shorter time is shown. */
export function zoomed(window: TimeWindow, factor: number, aroundS: number, nowS: number): TimeWindow {
  const before = lengthOf(window);
  const after = Math.min(MOST_S, Math.max(LEAST_S, before * factor));
  const fromS = aroundS - ((aroundS - window.fromS) * after) / before;
  return bounded({ fromS, untilS: fromS + after }, nowS);
}

export function panned(window: TimeWindow, byS: number, nowS: number): TimeWindow {
  return bounded({ fromS: window.fromS + byS, untilS: window.untilS + byS }, nowS);
}

/** The window moves on with the picture, and jumps to one that lies outside. */
export function following(window: TimeWindow, atS: number, nowS: number): TimeWindow {
  return atS >= window.fromS && atS <= window.untilS ? window : windowAround(atS, lengthOf(window), nowS);
}

function bounded(window: TimeWindow, nowS: number): TimeWindow {
  const over = window.untilS - (nowS + lengthOf(window) * AHEAD);
  return over <= 0 ? window : { fromS: window.fromS - over, untilS: window.untilS - over };
}

/** From 0 to 1, also beyond. */
export function shareAt({ fromS, untilS }: TimeWindow, atS: number): number {
  return (atS - fromS) / (untilS - fromS);
}

export function timeAt({ fromS, untilS }: TimeWindow, share: number): number {
  return fromS + (untilS - fromS) * Math.min(1, Math.max(0, share));
}

const STEPS_S = [5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800];

export interface Tick {
  readonly atS: number;
  readonly text: string;
}

/** All zones are whole quarters of an hour from UTC. */
const QUARTER_S = 900;

/**
 * Round times, at most `most` of them. `offsetAt`: of the zone at a time, so that a day begins at its midnight, before and after a
 * change to daylight saving.
 */
export function ticksOf(window: TimeWindow, most: number, offsetAt: (atS: number) => number): readonly Tick[] {
  const step = STEPS_S.find((each) => lengthOf(window) / each <= most) ?? 604_800;
  // All that is round in some zone: a multiple of what divides both the step and a quarter.
  const grain = step % QUARTER_S === 0 ? QUARTER_S : Math.min(step, QUARTER_S / 3);
  const ticks: Tick[] = [];
  for (let atS = Math.ceil(window.fromS / grain) * grain; atS <= window.untilS; atS += grain) {
    const localS = atS + offsetAt(atS);
    if (localS % step === 0) ticks.push({ atS, text: tickText(localS, step) });
  }
  return ticks;
}

function tickText(localS: number, stepS: number): string {
  const iso = new Date(localS * 1000).toISOString();
  if (stepS >= 86_400 || localS % 86_400 === 0) return iso.slice(5, 10);
  return stepS < 60 ? iso.slice(11, 19) : iso.slice(11, 16);
}

/** How far a key moves the picture: a sixtieth of what is shown, but a second at least. */
export function stepOf(window: TimeWindow): number {
  return Math.max(1, Math.round(lengthOf(window) / 60));
}
