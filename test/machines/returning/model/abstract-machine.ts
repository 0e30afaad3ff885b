import { type AnyStateMachine, transition } from 'xstate';

/** What a machine does with an event: the state that follows, and what it orders. */
export interface Step {
  readonly to: number;
  readonly orders: readonly string[];
}

/** A transition that a planted fault puts in place of the machine's own: from, event, to, orders. */
export type Override = readonly [from: string, event: string, to: string, ...orders: readonly string[]];

interface Taken {
  readonly value: string;
  readonly context: object;
}

/**
 * A real machine of `src/machines/` as numbers: a state is its value with the part of its context that it decides by. Each step is asked of the
 * machine once and remembered, since a model takes the same ones millions of times.
 */
export class AbstractMachine<Event extends { readonly type: string }> {
  readonly #machine: AnyStateMachine;
  readonly #keyOf: (taken: Taken) => string;
  readonly #overrides: readonly Override[];
  readonly #states: Taken[] = [];
  readonly #ids = new Map<string, number>();
  /** By state, and by the name of the event. */
  readonly #steps: Map<string, Step>[] = [];

  constructor(machine: AnyStateMachine, keyOf: (taken: Taken) => string, overrides: readonly Override[] = []) {
    this.#machine = machine;
    this.#keyOf = keyOf;
    this.#overrides = overrides;
  }

  /** The state with this value and this context. */
  at(value: string, context: object): number {
    const taken = { value, context };
    const key = this.#keyOf(taken);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#states.push(taken);
    this.#steps.push(new Map());
    this.#ids.set(key, this.#states.length - 1);
    return this.#states.length - 1;
  }

  valueOf(id: number): string {
    return this.#state(id).value;
  }

  contextOf(id: number): object {
    return this.#state(id).context;
  }

  /** `name` stands for the event, and is the one that overrides name. */
  step(id: number, name: string, event: Event): Step {
    const known = this.#steps[id]?.get(name);
    if (known !== undefined) return known;
    const step = this.#overridden(id, name) ?? this.#asked(id, event);
    this.#steps[id]?.set(name, step);
    return step;
  }

  #overridden(id: number, name: string): Step | undefined {
    const { value, context } = this.#state(id);
    const found = this.#overrides.find(([from, event]) => from === value && event === name);
    if (found === undefined) return undefined;
    const [, , to, ...orders] = found;
    return { to: this.at(to, context), orders };
  }

  #asked(id: number, event: Event): Step {
    const { value, context } = this.#state(id);
    const before = this.#machine.resolveState({ value, context });
    const [after, actions] = transition(this.#machine, before, event);
    const orders = actions.flatMap(({ type, params }: { readonly type: string; readonly params?: unknown }) =>
      // The parameters of what is emitted are not typed by XState.
      type === 'xstate.emit' ? [(params as { event: { type: string } }).event.type] : [],
    );
    return { to: this.at(String(after.value), after.context), orders };
  }

  #state(id: number): Taken {
    const state = this.#states[id];
    if (state === undefined) throw new Error(`no state ${id}`);
    return state;
  }
}
