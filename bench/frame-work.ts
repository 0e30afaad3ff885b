/** An event of Chromium's trace, as far as it is read here. Times are µs. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** On the processor, without the time in which other programs had it. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const MAIN_THREAD = 'CrRendererMain';
/** One for each frame of a page. */
const isFrame = ({ name, ph }: TraceEvent) => name === 'AnimationFrame' && ph === 'b';
/** Scripts with what they call, and the layout: not painting, which is done by the processor only where there is no graphics card. */
const WORK = new Set([
  ...['FunctionCall', 'EvaluateScript', 'FireAnimationFrame', 'TimerFire', 'EventDispatch', 'RunMicrotasks'],
  ...['UpdateLayoutTree', 'Layout', 'MajorGC', 'MinorGC', 'HitTest'],
]);

/** What scripts and layout took from each frame of a page to its next, by a trace of it, ms. */
export function frameWorkMs(trace: Buffer): readonly number[] {
  // As Chromium writes it.
  const { traceEvents } = JSON.parse(trace.toString()) as { readonly traceEvents: readonly TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
  const mains = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === MAIN_THREAD).map(threadOf),
  );
  const onMain = traceEvents.filter((event) => mains.has(threadOf(event))).sort((one, other) => one.ts - other.ts);
  const page = pageThread(onMain.filter(isFrame).map(threadOf));
  const events = onMain.filter((event) => threadOf(event) === page);
  const begins = events.filter(isFrame).map(({ ts }) => ts);
  const work = withoutOverlap(events.filter(({ name, ph }) => ph === 'X' && WORK.has(name)));
  return begins.slice(0, -1).map((beginUs, index) => {
    const endUs = begins[index + 1] ?? beginUs;
    const inFrame = work.filter(({ ts }) => ts >= beginUs && ts < endUs);
    return inFrame.reduce((sum, { dur = 0, tdur }) => sum + (tdur ?? dur), 0) / 1000;
  });
}

/** The one with the most frames. */
function pageThread(threads: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const thread of threads) counts.set(thread, (counts.get(thread) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/** Events within others are counted by those. `events`: in order. */
function withoutOverlap(events: readonly TraceEvent[]): readonly TraceEvent[] {
  let endUs = Number.NEGATIVE_INFINITY;
  return events.filter(({ ts, dur = 0 }) => {
    const isWithin = ts + dur <= endUs;
    endUs = Math.max(endUs, ts + dur);
    return !isWithin;
  });
}
