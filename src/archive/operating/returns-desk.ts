import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { OperatorAnswer, OperatorCalls } from './operator-calls.ts';
import type { CopyState, OwingTold, PullingTold, ReturnsOrder } from './returns-told.ts';

/** The side of the home, as operators need it. */
export interface PullingDesk {
  pulling(): PullingTold;
  order(order: ReturnsOrder): OperatorAnswer;
}

/** The side of the holder. */
export interface OwingDesk {
  owing(): readonly OwingTold[];
  copyState(stream: string, pack: HeldPack): CopyState;
}

export interface ReturnsParts {
  readonly server: string;
  /** Absent: nothing returns to this server. */
  readonly pulling?: PullingDesk | undefined;
  /** Absent: this server has no place for what belongs to others. */
  readonly owing?: OwingDesk | undefined;
}

const NOTHING_PULLED: PullingTold = {
  ...{ state: 'waiting', inWork: [], from: [], stuck: [] },
  ...{ returnedPacks: 0, returnedBytes: 0 },
};

/** Joins what the two sides of the return tell operators. */
export class ReturnsDesk implements Pick<OperatorCalls, 'returns' | 'orderReturns'> {
  readonly #parts: ReturnsParts;

  constructor(parts: ReturnsParts) {
    this.#parts = parts;
  }

  readonly returns: OperatorCalls['returns'] = () => {
    const { pulling, owing } = this.#parts;
    return { pulling: pulling?.pulling() ?? NOTHING_PULLED, owing: owing?.owing() ?? [] };
  };

  readonly orderReturns: OperatorCalls['orderReturns'] = ({ order }) =>
    this.#parts.pulling?.order(order) ?? { is: 'missing', why: 'nothing returns to this server' };

  copyState(stream: string, pack: HeldPack): CopyState {
    const { server, owing } = this.#parts;
    return owing?.copyState(stream, pack) ?? (pack.home === server ? 'own' : 'owed');
  }
}
