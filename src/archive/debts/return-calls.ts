import type { DebtList } from './debt.ts';
import type { Receipt, ReceiptAnswer } from './receipt.ts';
import type { PackOfStream } from './return-peers.ts';

/** What other servers ask of the archive of this one, to bring recordings home: see `ReturnPeers`. */
export interface ReturnCalls {
  debts(question: DebtsQuestion): DebtList;
  receipt(receipt: Receipt): ReceiptAnswer;
  /** Where its media is; `undefined`: there is no such closed pack here, or it cannot be read now. */
  packFile(pack: PackOfStream): PackFile | undefined;
  packIndex(pack: PackOfStream): string | undefined;
}

export interface DebtsQuestion {
  /** The server that asks. */
  readonly home: string;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

export interface PackFile {
  /** The root that it is in: mostly a disk. */
  readonly root: string;
  readonly file: string;
  readonly bytes: number;
}
