import { type Actor, createActor } from 'xstate';
import type { Clock } from '../../host/clock.ts';
import { packReleaseMachine } from '../../machines/returning/pack-release.ts';
import type {
  PackReleaseEvent,
  PackReleaseInput,
  PackReleaseOrder,
  PackReleaseOutput,
} from '../../machines/returning/pack-release-contract.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { Receipt, ReceiptAnswer } from '../debts/receipt.ts';
import { diskReason } from '../disk/stall.ts';

/** The work on the disk that the machine orders. */
export interface ReleaseWork {
  bury(releasing: PackReleasing): Promise<void>;
  erase(releasing: PackReleasing): Promise<void>;
  adopt(releasing: PackReleasing): Promise<void>;
}

export interface PackReleasingOptions extends Omit<PackReleaseInput, 'world'> {
  readonly stream: string;
  readonly pack: HeldPack;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly newQuestion: () => string;
  readonly work: ReleaseWork;
  readonly onEnd: (releasing: PackReleasing, output: PackReleaseOutput) => void;
  readonly onProblem: (problem: string) => void;
}

export type ReleaseState = ReturnType<Actor<typeof packReleaseMachine>['getSnapshot']>['value'];

const NOT_ANSWERED: ReceiptAnswer = { ok: false, why: 'it belongs to its holder, or is gone' };

/** Carries out what the machine of one pack orders, and tells it how that went. */
export class PackReleasing {
  readonly stream: string;
  readonly pack: HeldPack;
  readonly #options: PackReleasingOptions;
  readonly #actor: Actor<typeof packReleaseMachine>;
  #answer: ReceiptAnswer = NOT_ANSWERED;
  #grace: unknown;
  #hasEnded = false;

  constructor(options: PackReleasingOptions) {
    const { stream, pack, server, sha256, destination, question, isBuried, newQuestion } = options;
    this.stream = stream;
    this.pack = pack;
    this.#options = options;
    const input = { server, sha256, destination, question, isBuried, world: { newQuestion } };
    this.#actor = createActor(packReleaseMachine, { input });
    this.#actor.on('*', (order) => this.#perform(order));
  }

  /** To be called once, when this is known to the others: it may end at once. */
  start(): this {
    this.#actor.start();
    this.#endIfDone();
    return this;
  }

  get state(): ReleaseState {
    return this.#actor.getSnapshot().value;
  }

  /** The one that is open now. */
  get question(): string {
    return this.#actor.getSnapshot().context.question;
  }

  get destination(): string {
    return this.#actor.getSnapshot().context.destination;
  }

  get sha256(): string {
    return this.#options.sha256;
  }

  receipt({ home, question, sha256 }: Receipt): ReceiptAnswer {
    this.#answer = NOT_ANSWERED;
    this.tell({ type: 'receipt', home, question, sha256 });
    return this.#answer;
  }

  tell(event: PackReleaseEvent): void {
    if (this.#hasEnded) return;
    this.#actor.send(event);
    this.#endIfDone();
  }

  /** The server ends: what is being done on the disk is finished after the next start. */
  stop(): void {
    this.#hasEnded = true;
    this.#options.clock.clearTimeout(this.#grace);
    this.#actor.stop();
  }

  #perform(order: PackReleaseOrder): void {
    const { clock, graceMs, work } = this.#options;
    if (order.type !== 'receipt.taken' && order.type !== 'receipt.refused') clock.clearTimeout(this.#grace);
    if (order.type === 'receipt.taken') this.#answer = { ok: true };
    else if (order.type === 'receipt.refused') this.#answer = { ok: false, why: order.why };
    else if (order.type === 'rest') {
      this.#grace = clock.setTimeout(() => this.tell({ type: 'grace.over' }), graceMs);
    } else if (order.type === 'bury') this.#carryOut(work.bury(this), 'buried');
    else if (order.type === 'erase') this.#carryOut(work.erase(this), 'erased');
    else if (order.type === 'adopt') this.#carryOut(work.adopt(this), 'adopted');
    // The debt is listed by the state and the question of this.
    else order satisfies { readonly type: 'ask' };
  }

  #carryOut(work: Promise<void>, done: 'buried' | 'erased' | 'adopted'): void {
    work.then(
      () => this.tell({ type: done }),
      (error: unknown) => {
        const why = diskReason(error);
        if (!this.#hasEnded)
          this.#options.onProblem(
            `${this.pack.root}: a recording of ${this.stream} that belongs to ${this.destination} stays as it is: ${why}`,
          );
        this.tell({ type: 'disk.failed', why });
      },
    );
  }

  #endIfDone(): void {
    const { status, output } = this.#actor.getSnapshot();
    if (status === 'active' || this.#hasEnded) return;
    this.stop();
    this.#options.onEnd(this, output ?? { ended: 'gone', why: 'its machine has failed' });
  }
}
