import type { PackId } from '../pack/pack-name.ts';
import type { DebtList } from './debt.ts';
import type { Receipt, ReceiptAnswer } from './receipt.ts';

export interface PackOfStream extends PackId {
  readonly stream: string;
}

/** Some bytes of a media, the last one not included. */
export interface ByteRange {
  readonly fromByte: number;
  readonly untilByte: number;
}

export interface ReturnPeer {
  readonly name: string;
  /** It is not down. */
  readonly isUp: boolean;
}

/**
 * The other servers, as a home needs them. It is an interface, so that tests and the simulation put servers side by side in one process.
 *
 * Each call rejects where there is no answer: after the server has not answered in time, or when `signal` ends it.
 */
export interface ReturnPeers {
  readonly servers: () => readonly ReturnPeer[];
  /** What `server` owes this one. @param cursor `next` of the page before; `undefined`: the first page. */
  debts(server: string, cursor: string | undefined, signal: AbortSignal): Promise<DebtList>;
  /** The index of a closed pack that `server` has. @throws SourceGone */
  index(server: string, pack: PackOfStream, signal: AbortSignal): Promise<string>;
  /** Some bytes of its media, all of them or an error. @throws SourceGone */
  media(server: string, pack: PackOfStream, range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
  receipt(server: string, receipt: Receipt, signal: AbortSignal): Promise<ReceiptAnswer>;
}

/** The server answers that it has not got the pack. */
export class SourceGone extends Error {
  override readonly name = 'SourceGone';
}
