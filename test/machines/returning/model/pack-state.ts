/** What a file has in it. A part of it is all that was fetched until now; wrong bytes may also be a part. */
export const CONTENT = { none: 0, part: 1, good: 2, wrong: 3 } as const;
/** What the place of the pack at home names: nothing, the file that was fetched, or one whose bytes have become wrong. */
export const PLACED = { none: 0, fetched: 1, wrong: 2 } as const;
/** Nothing; that its holder has a copy too; that, and that the holder took the second receipt, which an end of the home takes out of its memory. */
export const NOTE = { none: 0, unconfirmed: 1, confirmed: 2 } as const;
/** Receipts under way, of which each may arrive at any time, also twice. */
export const MESSAGE = { same: 1, lacks: 2, other: 4, oldSame: 8, oldLacks: 16 } as const;

/**
 * One pack between its home and the server that holds it. What ends in `Durable` is what a power loss leaves in any case; the same name without it is
 * what a process sees.
 */
export interface PackState {
  /** The home's machine; 0: none works on the pack. */
  home: number;
  /** The home works by the question that is open now. */
  isCurrent: number;
  fetched: number;
  fetchedDurable: number;
  /** The fetched file has its first name. */
  part: number;
  partDurable: number;
  placed: number;
  placedDurable: number;
  /** How much of the present order of the home is done. */
  homeStep: number;
  holder: number;
  source: number;
  sourceDurable: number;
  tombstone: number;
  tombstoneDurable: number;
  holderStep: number;
  /** The holder's own bytes have become wrong. */
  isRotten: number;
  messages: number;
  /** The home has read its copy back since the present question was asked. */
  isProven: number;
  /** The home's disk died after that: it was the only disk that had to be relied on. */
  isExcused: number;
  /** `capture_at` names a third server by now. */
  isElsewhere: number;
  /** What the home has noted of its copy. */
  note: number;
  /** The home owes its copy to the third server, by its index. */
  isOwedOn: number;
  /** The third server has all of it. */
  isThere: number;
}

/** One number for each state: each field has room for its values. Written out, since it is done two million times. */
export function pack(it: PackState): number {
  let low = it.fetched * 4 + it.fetchedDurable;
  low = (low * 2 + it.part) * 2 + it.partDurable;
  low = (low * 4 + it.placed) * 4 + it.placedDurable;
  low = ((low * 2 + it.source) * 2 + it.sourceDurable) * 2 + it.tombstone;
  low = (low * 2 + it.tombstoneDurable) * 2 + it.isRotten;
  low = ((low * 2 + it.isCurrent) * 2 + it.isProven) * 2 + it.isExcused;
  low = (((low * 2 + it.isElsewhere) * 4 + it.note) * 2 + it.isOwedOn) * 2 + it.isThere;
  const high = ((it.home * 2 + it.homeStep) * 32 + it.holder) * 2 + it.holderStep;
  return (high * 32 + it.messages) * LOW + low;
}

export function unpack(number: number): PackState {
  const low = number % LOW;
  const high = Math.floor(number / LOW);
  return {
    home: high >> 12,
    homeStep: (high >> 11) & 1,
    holder: (high >> 6) & 31,
    holderStep: (high >> 5) & 1,
    messages: high & 31,
    fetched: (low >> 21) & 3,
    fetchedDurable: (low >> 19) & 3,
    part: (low >> 18) & 1,
    partDurable: (low >> 17) & 1,
    placed: (low >> 15) & 3,
    placedDurable: (low >> 13) & 3,
    source: (low >> 12) & 1,
    sourceDurable: (low >> 11) & 1,
    tombstone: (low >> 10) & 1,
    tombstoneDurable: (low >> 9) & 1,
    isRotten: (low >> 8) & 1,
    isCurrent: (low >> 7) & 1,
    isProven: (low >> 6) & 1,
    isExcused: (low >> 5) & 1,
    isElsewhere: (low >> 4) & 1,
    note: (low >> 2) & 3,
    isOwedOn: (low >> 1) & 1,
    isThere: low & 1,
  };
}

const LOW = 2 ** 23;
