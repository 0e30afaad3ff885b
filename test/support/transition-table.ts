import type { ExecutableActionObject } from 'xstate';

/** One cell: `-` (nothing happens), the state that follows, or that and what is done: `stalled: capture.stalled, ffmpeg.kill`. */
export type Cell<State extends string> = '-' | State | `${State}: ${string}`;

/** A total table: the compiler refuses a missing state, a missing event or a state that there is not. */
export type Table<State extends string, Column extends string> = {
  readonly [S in State]: { readonly [C in Column]: Cell<State> };
};

/** What was done, in words: events sent and emitted, actors started. Timers and bookkeeping are left out. */
export function deeds(actions: readonly ExecutableActionObject[]): string[] {
  return actions.flatMap(({ type, params }) => {
    const given = (params ?? {}) as { id?: string; delay?: number; event?: { type: string; kind?: string } };
    if (type === 'xstate.spawnChild') return [`start ${given.id}`];
    if (type === 'xstate.sendTo' || type === 'xstate.emit') return [given.event?.kind ?? given.event?.type ?? '?'];
    return [];
  });
}

export function cell<State extends string>(before: State, after: State, done: readonly string[]): Cell<State> {
  if (done.length > 0) return `${after}: ${done.join(', ')}`;
  return before === after ? '-' : after;
}
