import { codeOf, connectionReason } from '../domain/system-error.ts';
import { CommandFailure } from './command.ts';
import type { LocalServer } from './local-server.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** A sentence. */
const MAX_REFUSAL_LENGTH = 64 * 1024;

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

interface Sent {
  readonly method: Method;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** A drain answers when it has begun, so nothing takes long. */
const TIMEOUT_MS = 15_000;
/** 100,000 streams take less. */
const MAX_ANSWER_LENGTH = 128 * 1024 * 1024;

/** No server runs at the address. */
export class NothingListens extends CommandFailure {}

/** The server was asked, and says why it does not do it. */
export class ServerRefusal extends CommandFailure {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The HTTP API of a running server. Every failure is a `CommandFailure` that says what to do. */
export class ApiClient {
  /** For people. */
  readonly #base: string;
  readonly #local: LocalServer | undefined;
  readonly #auth: Credentials | undefined;

  /** `server`: a URL without a slash at the end and without credentials, or that of this host. */
  constructor(server: string | LocalServer, auth: Credentials | undefined) {
    this.#base = typeof server === 'string' ? server : server.name;
    this.#local = typeof server === 'string' ? undefined : server;
    this.#auth = auth;
  }

  /** The list `member` of the object at `path`. */
  async list<Item>(
    path: string,
    member: string,
  ): Promise<{ readonly answer: unknown; readonly items: readonly Item[] }> {
    return listOf<Item>(await this.get(path), member);
  }

  async get(path: string): Promise<unknown> {
    return this.#json('GET', path, undefined, TIMEOUT_MS);
  }

  /** Changes something, with user and password; `body` is sent as JSON. */
  async change(
    method: Exclude<Method, 'GET'>,
    path: string,
    body?: unknown,
    withinMs: number = TIMEOUT_MS,
  ): Promise<unknown> {
    return this.#json(method, path, body, withinMs);
  }

  /** What is at an address that is no part of the API, for people. */
  async text(path: string): Promise<string> {
    const init = { method: 'GET', headers: {}, signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    return this.#text(await this.#readable(path, init), MAX_ANSWER_LENGTH);
  }

  /** The answer as a stream, until it ends or `signal` is aborted, which is an error as each other end. */
  async *stream(path: string, signal?: AbortSignal): AsyncGenerator<string> {
    yield* this.#pieces(await this.#request('GET', path, undefined, signal));
  }

  /**
   * What is at an address for viewers, from the byte `from` on if it is still what `tag` names, else all of it. A range that is not there
   * (416) is an answer too.
   */
  async file(path: string, from: number, tag: string): Promise<Response> {
    const headers = from === 0 ? {} : { range: `bytes=${from}-`, 'if-range': tag };
    const response = await this.#send(path, { method: 'GET', headers }, false);
    if (!response.ok && response.status !== 416) throw await this.#refusal(response);
    return response;
  }

  /** Its body, piece by piece. */
  async *bytes(response: Response): AsyncGenerator<Uint8Array> {
    try {
      yield* response.body ?? [];
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  async #json(method: Method, path: string, body: unknown, withinMs: number): Promise<unknown> {
    const response = await this.#request(method, path, body, AbortSignal.timeout(withinMs));
    const text = await this.#text(response, MAX_ANSWER_LENGTH);
    const value = parseJson(text);
    if (value === undefined && text.trim() !== '') {
      throw new CommandFailure(`${this.#base} is no streamherd server: its answer is no JSON`);
    }
    return value;
  }

  async #request(method: Method, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
    const init = {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    };
    if (method === 'GET') return this.#readable(`/api/v1/${path}`, init);
    const response = await this.#send(`/api/v1/${path}`, init, true);
    if (!response.ok) throw await this.#refusal(response);
    return response;
  }

  /** Most servers answer without a password, so it is sent only to a server that asks for it. */
  async #readable(path: string, init: Sent): Promise<Response> {
    let response = await this.#send(path, init, false);
    if (response.status === 401 && this.#auth !== undefined) {
      await response.body?.cancel();
      response = await this.#send(path, init, true);
    }
    if (!response.ok) throw await this.#refusal(response);
    return response;
  }

  async #send(path: string, init: Sent, withPassword: boolean): Promise<Response> {
    const authorization = withPassword && this.#auth !== undefined ? { authorization: basic(this.#auth) } : {};
    const sent = { ...init, headers: { ...init.headers, ...authorization } };
    try {
      if (this.#local) return await this.#local.send(path, sent);
      // A change that is redirected would go to a server that the user did not name, with the password or without.
      const redirect = init.method === 'GET' ? 'follow' : 'error';
      return await fetch(`${this.#base}${path}`, { ...sent, redirect });
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  async #text(response: Response, most: number): Promise<string> {
    let text = '';
    for await (const piece of this.#pieces(response)) {
      text += piece;
      if (text.length > most) throw new CommandFailure(`${this.#base} answers more than ${most} characters`);
    }
    return text;
  }

  async *#pieces(response: Response): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    try {
      for await (const piece of response.body ?? []) yield decoder.decode(piece, { stream: true });
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #unreachable(error: unknown): CommandFailure {
    if (error instanceof Error && error.name === 'TimeoutError') {
      return new CommandFailure(`${this.#base} does not answer in time`, { cause: error });
    }
    const cause = error instanceof Error ? error.cause : undefined;
    const code = codeOf(cause) || codeOf(cause instanceof AggregateError ? cause.errors[0] : undefined);
    const why = connectionReason(code) ?? (cause instanceof Error ? cause.message : String(error));
    const hint = 'is "streamherd run" up there? Name another server with --url, or its configuration file with -c';
    const message = `${this.#base} cannot be reached: ${why}; ${hint}`;
    return new (code === 'ECONNREFUSED' ? NothingListens : CommandFailure)(message, { cause: error });
  }

  async #refusal(response: Response): Promise<CommandFailure> {
    const answer = await this.#text(response, MAX_REFUSAL_LENGTH).catch(() => '');
    const said = textMember(parseJson(answer), 'error');
    if (response.status === 401) {
      const how = "set STREAMHERD_AUTH=user:password, or run this on the server's host, as its user, with its -c FILE";
      const what = this.#auth === undefined ? 'wants a user and password' : 'does not accept this user and password';
      return new CommandFailure(`${this.#base} ${what}: ${how}`);
    }
    if (said !== undefined) return new ServerRefusal(said, response.status);
    return new CommandFailure(
      `${this.#base} answers ${response.status} ${response.statusText}; is it a streamherd server?`,
    );
  }
}

/** The sentence with which a server says what a change did; `undefined`: it says none. */
export function whyOf(answer: unknown): string | undefined {
  return textMember(answer, 'why');
}

/** @throws CommandFailure when `answer` has no list `member`: then it comes from something else than this project. */
export function listOf<Item>(
  answer: unknown,
  member: string,
): { readonly answer: unknown; readonly items: readonly Item[] } {
  const items: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, member) : undefined;
  if (!Array.isArray(items)) throw new CommandFailure(`the server's answer has no "${member}": is it another version?`);
  // The items are trusted to be what the types of `src/domain/status.ts` say: both ends are of this project.
  return { answer, items: items as Item[] };
}

function basic({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textMember(value: unknown, member: string): string | undefined {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
  return typeof text === 'string' ? text : undefined;
}
