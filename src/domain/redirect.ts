/** Where a stream is, as one server sees it. A stream that is not defined has no place. */
export type StreamPlace =
  | {
      readonly at: 'here';
      readonly epoch: number;
      /** Why there may be nothing to play, as every viewer may hear it. */
      readonly trouble?: string;
    }
  | {
      readonly at: 'elsewhere';
      readonly epoch: number;
      readonly server: string;
      /** What viewers are sent to. */
      readonly publicUrl: string;
      /** Where this server reaches it. */
      readonly peerUrl: string;
    }
  | { readonly at: 'nowhere'; readonly why: string };

export type Direction =
  | { readonly act: 'serve' }
  | { readonly act: 'redirect'; readonly location: string }
  | { readonly act: 'refuse'; readonly status: 404 | 503; readonly why: string };

export interface Wanted {
  readonly stream: string;
  /** Path and query below the public URL, beginning with `/`. */
  readonly target: string;
  /** The server that answers. */
  readonly self: string;
  /** The server that redirected the viewer here, if one did. */
  readonly via?: string;
}

/** Names the server that redirected, in the query of what it redirected to. */
export const VIA = 'via';

/**
 * Which server answers for a stream. A request is redirected once at most: the redirect carries the name of the server that sent it,
 * and a server that gets such a request and does not have the stream says so, instead of sending it on. So two servers whose views
 * disagree (each believes that the other has it) cannot send a viewer back and forth.
 */
export function directionOf(place: StreamPlace | undefined, wanted: Wanted): Direction {
  const { stream, via, self } = wanted;
  if (place?.at === 'here') return { act: 'serve' };
  if (via !== undefined) {
    const known =
      place === undefined ? 'does not know it' : place.at === 'nowhere' ? place.why : `sees it on ${place.server}`;
    return { act: 'refuse', status: 503, why: `${via} sent you here for ${stream}, but ${self} ${known}: ask again` };
  }
  if (place === undefined) return { act: 'refuse', status: 404, why: `there is no stream ${stream}` };
  if (place.at === 'nowhere') {
    return { act: 'refuse', status: 503, why: `${stream} is captured nowhere right now: ${place.why}` };
  }
  return { act: 'redirect', location: withVia(below(place.publicUrl, wanted.target), self) };
}

/** `target` (beginning with `/`) below `baseUrl`, which may end in a slash or have a path of its own. */
export function below(baseUrl: string, target: string): string {
  return `${baseUrl.replace(/\/+$/, '')}${target}`;
}

function withVia(url: string, server: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${VIA}=${encodeURIComponent(server)}`;
}
