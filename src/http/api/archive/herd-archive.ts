import { z } from 'zod';
import type { Answer, Question } from '../../../archive/archive-calls.ts';
import type { OperatorCalls } from '../../../archive/operating/operator-calls.ts';
import { below } from '../../../domain/redirect.ts';
import { clusterSignature, isClusterSignature } from '../../../host/cluster-signature.ts';
import { changedArchiveSchema, serverArchiveSchema, streamArchiveSchema } from './archive-answers.ts';
import { serverReturnsSchema, shownReturns } from './return-answers.ts';
import { shownOverview, shownRecordings } from './shown-archive.ts';

/** What one server answers, by the question. */
const ANSWERS = {
  overview: serverArchiveSchema,
  recordings: streamArchiveSchema,
  keep: changedArchiveSchema,
  release: changedArchiveSchema,
  verify: changedArchiveSchema,
  cancelVerification: changedArchiveSchema,
  confirmClock: changedArchiveSchema,
  returns: serverReturnsSchema,
  orderReturns: changedArchiveSchema,
} as const satisfies Partial<Record<keyof OperatorCalls, z.ZodType>>;

export type ArchiveCall = keyof typeof ANSWERS;
type Shown<Call extends ArchiveCall> = z.infer<(typeof ANSWERS)[Call]>;

/** What servers say to one question, in the order of their names. */
export interface HerdAnswers<T> {
  readonly answers: readonly T[];
  readonly silent: readonly { readonly server: string; readonly why: string }[];
}

/** The archives of the herd, as the API needs them. */
export interface HerdArchive {
  /** @param server only this one; `undefined` is answered where there is no server of that name. */
  ask<Call extends ArchiveCall>(
    call: Call,
    question: Question<Call>,
    server?: string,
  ): Promise<HerdAnswers<Shown<Call>> | undefined>;
  /** Another server asks this one. */
  answerPeer(text: string, signature: string): Promise<PeerAnswer>;
}

export type PeerAnswer =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly status: 403 | 503; readonly why: string };

export interface ArchiveServer {
  readonly name: string;
  readonly session: string;
  readonly peerUrl: string;
  readonly isUp: boolean;
}

export interface HerdArchiveOptions {
  readonly server: string;
  /** Of this server. @throws Error when its archive does not answer. */
  readonly ask: <Call extends ArchiveCall>(call: Call, question: Question<Call>) => Promise<Answer<Call>>;
  /** All, this one too, in the order of their names. */
  readonly servers: () => readonly ArchiveServer[];
  readonly clusterKey?: string | undefined;
}

export const QUESTION_PATH = '/api/v1/archive-question';
export const SIGNATURE_HEADER = 'streamherd-signature';

const ANSWER_WITHIN_MS = 2000;
/** Dashboards ask for them, any number of them: one answer of all servers is shown to all that ask within this time. */
const SHARED_FOR_MS = 1000;
const SHARED: ReadonlySet<ArchiveCall> = new Set(['overview', 'returns']);
/** What changes nothing. */
const READING: ReadonlySet<ArchiveCall> = new Set([...SHARED, 'recordings']);
/** The words of operators are synced to disks, which may have a lot to do. */
const CHANGE_WITHIN_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Clocks of servers that are further apart are a problem of their own, which the self-check tells. */
const CLOCKS_DIFFER_MS = 60_000;
const NO_KEY = 'servers show each other their archives by the cluster_key, and there is none';

const questionSchema = z.object({ call: z.enum(Object.keys(ANSWERS)), question: z.unknown(), atMs: z.number() });

/**
 * Asks the archives of all servers: the own one on its thread, the others over HTTP, while NATS is away too. A question is signed by the
 * cluster key, since it shows and changes what clients need a login for; the receiver is a session, as with beats.
 */
export class ArchivesOfHerd implements HerdArchive {
  readonly #options: HerdArchiveOptions;
  /** Of all servers. An order makes them old. */
  readonly #shared = new Map<ArchiveCall, { readonly answers: Promise<unknown>; readonly untilMs: number }>();

  constructor(options: HerdArchiveOptions) {
    this.#options = options;
  }

  async ask<Call extends ArchiveCall>(
    call: Call,
    question: Question<Call>,
    name?: string,
  ): Promise<HerdAnswers<Shown<Call>> | undefined> {
    if (!READING.has(call)) this.#shared.clear();
    if (!SHARED.has(call) || name !== undefined) return this.#ask(call, question, name);
    const nowMs = performance.now();
    let shared = this.#shared.get(call);
    if (shared === undefined || nowMs > shared.untilMs) {
      shared = { answers: this.#ask(call, question), untilMs: nowMs + SHARED_FOR_MS };
      this.#shared.set(call, shared);
    }
    // Of the call that it is.
    return shared.answers as Promise<HerdAnswers<Shown<Call>> | undefined>;
  }

  async #ask<Call extends ArchiveCall>(
    call: Call,
    question: Question<Call>,
    name?: string,
  ): Promise<HerdAnswers<Shown<Call>> | undefined> {
    const all = this.#servers();
    const asked = name === undefined ? all : all.filter((server) => server.name === name);
    if (asked.length === 0) return undefined;
    const answers: Shown<Call>[] = [];
    const silent: { server: string; why: string }[] = [];
    const each = await Promise.all(asked.map((server) => this.#askOne(server, call, question)));
    for (const [index, said] of each.entries()) {
      if (typeof said !== 'string') answers.push(said);
      else silent.push({ server: asked[index]?.name ?? '', why: said });
    }
    return { answers, silent };
  }

  async answerPeer(text: string, signature: string): Promise<PeerAnswer> {
    const { server, servers, clusterKey } = this.#options;
    const session = servers().find(({ name }) => name === server)?.session;
    if (clusterKey === undefined) return { ok: false, status: 403, why: NO_KEY };
    if (session === undefined) return { ok: false, status: 503, why: 'this server has not joined its herd yet' };
    if (!isClusterSignature(signature, 'archive', clusterKey, session, text)) {
      return { ok: false, status: 403, why: 'the signature is not that of a server of this herd' };
    }
    const asked = questionSchema.safeParse(JSON.parse(text)).data;
    if (asked === undefined) return { ok: false, status: 503, why: `this server answers other questions` };
    if (Math.abs(Date.now() - asked.atMs) > CLOCKS_DIFFER_MS) {
      return { ok: false, status: 403, why: 'the clocks of the two servers differ by more than a minute' };
    }
    // The schema takes the names of calls only, and the other server asks each with its own question.
    const said = await this.#own(asked.call as ArchiveCall, asked.question as Question<ArchiveCall>);
    return typeof said === 'string' ? { ok: false, status: 503, why: said } : { ok: true, answer: said };
  }

  /** A server that has not joined yet, or has lost the herd, still has an archive. */
  #servers(): readonly ArchiveServer[] {
    const { server, servers } = this.#options;
    const all = servers();
    if (all.some(({ name }) => name === server)) return all;
    return [{ name: server, session: '', peerUrl: '', isUp: true }, ...all];
  }

  /** A sentence: it does not answer. */
  #askOne<Call extends ArchiveCall>(
    server: ArchiveServer,
    call: Call,
    question: Question<Call>,
  ): Promise<Shown<Call> | string> {
    return server.name === this.#options.server
      ? this.#own(call, question)
      : this.#peer(server, call, question).catch((error: unknown) => reasonOf(error));
  }

  async #own<Call extends ArchiveCall>(call: Call, question: Question<Call>): Promise<Shown<Call> | string> {
    const { server, ask } = this.#options;
    try {
      const answer = await ask(call, question);
      // What `shown` makes of the answer to a call is what `ANSWERS` has for that call.
      return shown(server, call, answer) as Shown<Call>;
    } catch (error) {
      return reasonOf(error);
    }
  }

  async #peer<Call extends ArchiveCall>(
    { name, session, peerUrl, isUp }: ArchiveServer,
    call: Call,
    question: Question<Call>,
  ): Promise<Shown<Call> | string> {
    const { clusterKey } = this.#options;
    if (!isUp) return 'it is down';
    if (clusterKey === undefined) return NO_KEY;
    const text = JSON.stringify({ call, question, atMs: Date.now() });
    const response = await fetch(below(peerUrl, QUESTION_PATH), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [SIGNATURE_HEADER]: clusterSignature('archive', clusterKey, session, text),
      },
      body: text,
      redirect: 'error',
      signal: AbortSignal.timeout(READING.has(call) ? ANSWER_WITHIN_MS : CHANGE_WITHIN_MS),
    });
    const value: unknown = JSON.parse(await boundedText(response));
    if (response.ok) {
      const read = ANSWERS[call].safeParse(value);
      // What is parsed by the schema of a call is what that call shows.
      return read.success ? (read.data as Shown<Call>) : 'its answer is not understood: it is of another version';
    }
    const said = z.object({ error: z.string().max(500) }).safeParse(value).data?.error;
    return said ?? `${name} answers ${response.status}`;
  }
}

function shown(server: string, call: ArchiveCall, answer: Answer<ArchiveCall>): Shown<ArchiveCall> {
  if (call === 'overview') return shownOverview(server, answer as Answer<'overview'>);
  if (call === 'recordings') return shownRecordings(server, answer as Answer<'recordings'>);
  if (call === 'returns') return shownReturns(server, answer as Answer<'returns'>);
  return { server, ...(answer as Answer<'keep'>) };
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) throw new Error(`it answers more than ${MAX_ANSWER_BYTES} bytes`);
  }
  return text;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it has not answered in time';
  if (error instanceof SyntaxError) return 'its answer is no JSON';
  return error.cause instanceof Error ? `it cannot be reached: ${error.cause.message}` : error.message;
}
