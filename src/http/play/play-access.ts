import type { IncomingMessage } from 'node:http';
import { isOpen, type PlayRules } from '../../domain/access/play-rules.ts';
import { permits, playTokenVerifier, type VerifyPlayToken } from '../../host/play-token.ts';
import { PlayHook, type Viewer } from './play-hook.ts';

/** In the query of what viewers ask for. */
export const TOKEN = 'token';
/** In requests of other servers: a token of the herd. */
export const HERD_TOKEN_HEADER = 'streamherd-play';

export interface PlayQuestion extends Omit<Viewer, 'stream'> {
  /** Absent: of all streams. */
  readonly stream: string | undefined;
  /** Only for other servers. */
  readonly isForServers: boolean;
  readonly herdToken: string | undefined;
}

export interface PlayRefusal {
  readonly status: 403 | 503;
  readonly why: string;
}

export interface PlayAccessOptions {
  readonly rules: PlayRules;
  readonly server: string;
  /** See `herdPlayKey`. */
  readonly herdKey: string;
}

const ALL = '*';
const NO_TOKEN = 'this stream plays only with a token: ?token=…';
const BAD_TOKEN = 'the token is not valid, not for this stream, or not for this address';

/**
 * Says whether a viewer may play: first by its token, where the configuration has keys, then by the backend of `on_play`, where there is
 * one. Tokens of the herd itself, for other servers and the dashboard, need no backend.
 */
export class PlayAccess {
  readonly #server: string;
  readonly #ofHerd: VerifyPlayToken;
  #rules: PlayRules = { tokenKeys: [] };
  #ofViewers: VerifyPlayToken = () => undefined;
  #hook: PlayHook | undefined;

  constructor({ rules, server, herdKey }: PlayAccessOptions) {
    this.#server = server;
    this.#ofHerd = playTokenVerifier([herdKey]);
    this.rules = rules;
  }

  set rules(rules: PlayRules) {
    const before = this.#rules;
    this.#rules = rules;
    this.#ofViewers = playTokenVerifier(rules.tokenKeys);
    // What the backend has said stays known when other words of the file change.
    if (rules.onPlay === undefined) this.#hook = undefined;
    else if (rules.onPlay !== before.onPlay) this.#hook = new PlayHook({ url: rules.onPlay, server: this.#server });
  }

  /** Not every viewer may play. */
  get isOn(): boolean {
    return !isOpen(this.#rules);
  }

  /** `undefined`: it may play. */
  async refusalOf(question: PlayQuestion): Promise<PlayRefusal | undefined> {
    const { stream = ALL, isForServers, token, herdToken } = question;
    if (isPermitted(this.#ofHerd, herdToken ?? token, question)) return undefined;
    if (isForServers) return { status: 403, why: 'this address is for the servers of the herd' };
    if (this.#rules.tokenKeys.length > 0) {
      if (token === undefined) return { status: 403, why: NO_TOKEN };
      if (!isPermitted(this.#ofViewers, token, question)) return { status: 403, why: BAD_TOKEN };
    }
    const verdict = (await this.#hook?.judge({ ...question, stream })) ?? 'allowed';
    if (verdict === 'denied') return { status: 403, why: 'this viewer may not play this stream' };
    if (verdict === 'allowed') return undefined;
    return { status: 503, why: 'it cannot be found out now whether this viewer may play: ask again' };
  }
}

function isPermitted(verify: VerifyPlayToken, token: string | undefined, question: PlayQuestion): boolean {
  const { stream = ALL, address } = question;
  const claims = token === undefined ? undefined : verify(token);
  return claims !== undefined && permits(claims, stream) && (claims.ip === undefined || claims.ip === address);
}

export function tokenOf({ url = '' }: Pick<IncomingMessage, 'url'>): string | undefined {
  const mark = url.indexOf('?');
  return mark < 0 ? undefined : (new URLSearchParams(url.slice(mark + 1)).get(TOKEN) ?? undefined);
}

/** A live list whose lines name the token too: players do not add it by themselves. */
export function tokened(list: string, token: string | undefined): string {
  if (token === undefined) return list;
  const added = `${TOKEN}=${encodeURIComponent(token)}`;
  const withToken = (uri: string) => `${uri}${uri.includes('?') ? '&' : '?'}${added}`;
  return list
    .replace(/^[^#\s].*$/gm, withToken)
    .replace(/^#EXT.*$/gm, (tag) => tag.replace(/(?<=[:,]URI=")[^"]+/g, withToken));
}
