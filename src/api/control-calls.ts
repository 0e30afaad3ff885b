import type { Change } from '../http/api/herd-api.ts';
import type { ChangeName, Operation, Orders, ToApiThread, ToApiWorker } from './api-messages.ts';

/** Changes that the control thread works on at once, and those that wait for their turn here. */
const MAX_AT_ONCE = 8;
const MAX_WAITING = 64;
/** Longer than a command to another server and the retries of a write take. `apply` of thousands of streams takes the longest. */
const TIMEOUT_MS = 60_000;

const TOO_MANY: Change = { ok: false, status: 503, error: 'too many changes at once: ask again' };
const NO_ANSWER: Change = {
  ok: false,
  status: 503,
  error: 'the control thread did not answer in time; look what is so now',
};

interface Waiting {
  readonly operation: Operation;
  readonly resolve: (change: Change) => void;
}

/** What the API worker asks the control thread for. Little at a time, so that no number of operators delays it. */
export class ControlCalls {
  readonly #post: (message: ToApiThread) => void;
  readonly #answers = new Map<number, (change: Change) => void>();
  readonly #waiting: Waiting[] = [];
  #lastId = 0;

  constructor(post: (message: ToApiThread) => void) {
    this.#post = post;
  }

  /** Every change as a call. */
  get changes(): Orders {
    const call = <Method extends ChangeName>(method: Method) =>
      // The control thread answers an operation with what that very method returns.
      ((...args: Parameters<Orders[Method]>) => this.#call({ method, args } as Operation)) as Orders[Method];
    return {
      putStream: call('putStream'),
      deleteStream: call('deleteStream'),
      removeServer: call('removeServer'),
      drain: call('drain'),
      undrain: call('undrain'),
      move: call('move'),
      apply: call('apply'),
      setLog: call('setLog'),
      logTail: call('logTail'),
      testNotify: call('testNotify'),
      acted: (action) => this.#post({ type: 'acted', action }),
    };
  }

  operated({ id, change }: Extract<ToApiWorker, { type: 'operated' }>): void {
    this.#answers.get(id)?.(change);
  }

  #call(operation: Operation): Promise<Change> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.resolve(TOO_MANY);
    return new Promise((resolve) => {
      this.#waiting.push({ operation, resolve });
      this.#next();
    });
  }

  #next(): void {
    if (this.#answers.size >= MAX_AT_ONCE) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    const { operation, resolve } = waiting;
    this.#lastId += 1;
    const id = this.#lastId;
    const timer = setTimeout(() => settle(NO_ANSWER), TIMEOUT_MS);
    const settle = (change: Change) => {
      clearTimeout(timer);
      this.#answers.delete(id);
      resolve(change);
      this.#next();
    };
    this.#answers.set(id, settle);
    this.#post({ type: 'operate', id, operation });
  }
}
