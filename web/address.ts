/** The pages of the dashboard. What is asked of a page stands in its address, so that it can be sent to a colleague. */
export const PAGES = ['wall', 'stream', 'servers', 'events', 'night', 'define', 'import', 'find'] as const;
export type PageName = (typeof PAGES)[number];

export interface Place {
  readonly page: PageName;
  /** What the page is asked, without what is empty. */
  readonly query: Readonly<Record<string, string>>;
}

const WALL: PageName = 'wall';

/** @param search the query of an address, with or without its `?`. */
export function placeOf(search: string): Place {
  const { page: named, ...query } = Object.fromEntries(new URLSearchParams(search));
  const page = PAGES.find((each) => each === named) ?? (query.stream === undefined ? WALL : 'stream');
  return { page, query };
}

/** The address of a page, from the root of the server. */
export function addressOf(page: PageName, query: Readonly<Record<string, string | undefined>> = {}): string {
  const isNamed = page !== WALL && page !== 'stream';
  const given = Object.entries(query).filter(
    (each): each is [string, string] => each[1] !== undefined && each[1] !== '',
  );
  const search = new URLSearchParams({ ...(isNamed && { page }), ...Object.fromEntries(given) });
  return search.size === 0 ? '/' : `/?${search}`;
}

export function streamAddress(stream: string, more: Readonly<Record<string, string | undefined>> = {}): string {
  return addressOf('stream', { stream, ...more });
}

/** Where a stream is below a server. */
export function streamPath(stream: string, leaf: string): string {
  return `/${inPath(stream)}/${leaf}`;
}

/** The name of a stream as a part of a path: its slashes stay. */
export function inPath(stream: string): string {
  return stream.split('/').map(encodeURIComponent).join('/');
}
