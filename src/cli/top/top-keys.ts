export const SORTS = ['state', 'name', 'server', 'rate', 'age'] as const;
export type Sort = (typeof SORTS)[number];

/** What the user of `top` has chosen. */
export interface Choice {
  readonly sort: Sort;
  readonly isReversed: boolean;
  /** Part of the name, server, state or error of the streams that are shown. */
  readonly filter: string;
  /** The user is typing the filter. */
  readonly isTyping: boolean;
  /** Streams above the first one that is shown. */
  readonly scrolled: number;
  readonly isOver: boolean;
}

export const FIRST_CHOICE: Choice = {
  ...{ sort: 'state', isReversed: false, filter: '', isTyping: false, scrolled: 0, isOver: false },
};

const MAX_FILTER = 100;
const CTRL_C = '\x03';
const SORT_OF: Readonly<Record<string, Sort>> = { s: 'state', n: 'name', v: 'server', b: 'rate', a: 'age' };
/** By lines; a page is what the screen shows. */
const SCROLLS: Readonly<Record<string, (page: number) => number>> = {
  '\x1b[A': () => -1,
  '\x1b[B': () => 1,
  k: () => -1,
  j: () => 1,
  '\x1b[5~': (page) => -page,
  '\x1b[6~': (page) => page,
  '\x1b[H': () => Number.NEGATIVE_INFINITY,
  g: () => Number.NEGATIVE_INFINITY,
};

/** Cuts what a terminal sends into keys: an escape sequence is one. */
export function keysOf(text: string): readonly string[] {
  return text.match(/\p{Cc}\[[0-9;]*[A-Za-z~]|\p{Cc}O[A-Z]|./gsu)?.map((key) => key.replace('\x1bO', '\x1b[')) ?? [];
}

/** What is chosen after a key. `page`: streams on the screen. */
export function pressed(choice: Choice, key: string, page: number): Choice {
  if (key === CTRL_C) return { ...choice, isOver: true };
  if (choice.isTyping) return typed(choice, key);
  if (key === 'q') return { ...choice, isOver: true };
  if (key === '/') return { ...choice, isTyping: true, filter: '', scrolled: 0 };
  if (key === '\x1b') return { ...choice, filter: '', scrolled: 0 };
  if (key === 'r') return { ...choice, isReversed: !choice.isReversed };
  const sort = SORT_OF[key];
  if (sort !== undefined) return { ...choice, sort, isReversed: false, scrolled: 0 };
  const by = SCROLLS[key]?.(page) ?? 0;
  return { ...choice, scrolled: Math.max(0, choice.scrolled + by) };
}

function typed(choice: Choice, key: string): Choice {
  if (key === '\r' || key === '\n') return { ...choice, isTyping: false };
  if (key === '\x1b') return { ...choice, isTyping: false, filter: '' };
  if (key === '\x7f' || key === '\b') return { ...choice, filter: choice.filter.slice(0, -1) };
  if (/^\p{Cc}/u.test(key) || choice.filter.length >= MAX_FILTER) return choice;
  return { ...choice, filter: choice.filter + key };
}
