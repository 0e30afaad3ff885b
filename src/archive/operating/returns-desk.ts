import type { Told } from '../../domain/herd-event.ts';
import type { Clock } from '../../host/clock.ts';
import type { ArchiveDesk } from '../archive-calls.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { OperatorAnswer } from './operator-calls.ts';
import { ReturnEvents } from './return-events.ts';
import type { Copy, OwingTold, PullingTold, ReturnsOrder, ReturnsTold } from './returns-told.ts';

/** The side of the home, as operators need it. */
export interface PullingDesk {
  pulling(): PullingTold;
  order(order: ReturnsOrder): Promise<OperatorAnswer>;
}

/** The side of the holder. */
export interface OwingDesk {
  owing(): readonly OwingTold[];
  copyOf(stream: string, pack: HeldPack): Copy;
}

export interface ReturnsParts {
  readonly clock: Clock;
  readonly tell: (told: Told) => void;
  readonly pulling: PullingDesk;
  readonly owing: OwingDesk;
}

const EVENTS_EVERY_MS = 5000;

/** Joins what the two sides of the return tell operators. */
export class ReturnsDesk implements Pick<ArchiveDesk, 'returns' | 'orderReturns'> {
  readonly #parts: ReturnsParts;
  readonly #events: ReturnEvents;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ReturnsParts) {
    this.#parts = parts;
    this.#events = new ReturnEvents(parts.tell, parts.clock.now);
  }

  /** To be called at least as often as events are to be told. */
  tick(): void {
    const nowMs = this.#parts.clock.now();
    if (nowMs - this.#lookedMs < EVENTS_EVERY_MS) return;
    this.#lookedMs = nowMs;
    this.#events.take(this.returns());
  }

  /** The archive closes. */
  end(): void {
    this.#events.end(this.returns());
  }

  readonly returns = (): ReturnsTold => {
    const { pulling, owing } = this.#parts;
    return { pulling: pulling.pulling(), owing: owing.owing() };
  };

  readonly orderReturns: ArchiveDesk['orderReturns'] = ({ order }) => this.#parts.pulling.order(order);

  copyOf(stream: string, pack: HeldPack): Copy {
    return this.#parts.owing.copyOf(stream, pack);
  }
}
