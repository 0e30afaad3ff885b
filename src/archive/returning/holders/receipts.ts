import type { Debt } from '../../debts/debt.ts';
import type { Receipt, ReceiptAnswer } from '../../debts/receipt.ts';
import type { ReturnPeers } from '../../debts/return-peers.ts';
import type { KeptTime } from '../../retention/kept-times.ts';

export interface ReceiptParts {
  /** The home. */
  readonly server: string;
  readonly session: () => string;
  readonly peers: Pick<ReturnPeers, 'receipt'>;
  /** Protects these times of the stream here too. @returns why it cannot; `undefined`: it has. */
  readonly protect: (stream: string, times: readonly KeptTime[]) => Promise<string | undefined>;
}

/**
 * Tells the holder that the pack is at home, or that it is not (`null`). What is protected at the holder is protected here before that, since
 * the holder may erase it then.
 *
 * @throws Error without an answer
 */
export async function sendReceipt(
  { server, session, peers, protect }: ReceiptParts,
  holder: string,
  debt: Debt,
  sha256: string | null,
  signal: AbortSignal,
): Promise<ReceiptAnswer> {
  const { stream, epoch, firstNumber, startMs, question, kept } = debt;
  if (sha256 !== null && kept.length > 0) {
    const why = await protect(stream, kept);
    if (why !== undefined) return { ok: false, why: `what operators want to keep of it cannot be noted here: ${why}` };
  }
  const receipt: Receipt = { stream, epoch, firstNumber, startMs, home: server, session: session(), question, sha256 };
  return peers.receipt(holder, receipt, signal);
}
