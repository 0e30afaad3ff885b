import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { someAtOnce } from '../../domain/gate.ts';
import { type CheckAnswer, checkAnswerSchema, type PeerFacts } from '../../domain/peers/peer-facts.ts';
import type { BeatsLook, PeerLook } from '../../domain/peers/peer-verdicts.ts';
import { below } from '../../domain/redirect.ts';
import { clusterSignature, isClusterSignature } from '../../host/cluster-signature.ts';
import { SERVER_HEADER } from '../public/health.ts';
import { requestBody } from '../request-body.ts';
import { SIGNATURE_HEADER } from './beat-listener.ts';
import { CHECK_PATH, questionText } from './peer-answer.ts';

/** A server that is looked at, as its record names it. */
export interface CheckTarget {
  readonly server: string;
  readonly session: string;
  readonly peerUrl: string;
  /** Absent: it hears no direct beats. */
  readonly beatUrl?: string;
}

/** The one that looks. */
export interface Asker {
  /** Which the answers are signed for: any random id. */
  readonly session: string;
  /** Absent: nothing can be asked that has to be signed. */
  readonly clusterKey?: string | undefined;
}

/** A firewall that drops packets says nothing; a server of the herd answers within milliseconds. */
export const LOOK_TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 8192;
const LOOKS_AT_ONCE = 4;

/** Looks at every target, some at once: how the others are reached, and what they say of themselves. Never throws. */
export async function lookAtPeers(
  targets: readonly CheckTarget[],
  asker: Asker,
  timeoutMs = LOOK_TIMEOUT_MS,
): Promise<readonly PeerLook[]> {
  const looks: PeerLook[] = [];
  await someAtOnce(targets, LOOKS_AT_ONCE, async (target) => {
    looks.push(await lookAt(target, asker, timeoutMs));
  });
  return looks;
}

async function lookAt(target: CheckTarget, asker: Asker, timeoutMs: number): Promise<PeerLook> {
  const [urlProblem, beats] = await Promise.all([
    urlProblemOf(target, timeoutMs),
    lookAtBeats(target, asker, timeoutMs),
  ]);
  return { server: target.server, ...(urlProblem !== undefined && { urlProblem }), beats };
}

/** Asks in the same way as playlists are fetched. `/livez` is open to all, and its header names the server that answers. */
async function urlProblemOf({ server, peerUrl }: CheckTarget, timeoutMs: number): Promise<string | undefined> {
  try {
    const { status, headers, body } = await fetch(below(peerUrl, '/livez'), {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await body?.cancel();
    const name = headers.get(SERVER_HEADER);
    if (name === server) return undefined;
    if (name !== null) return `its peer_url ${peerUrl} leads to ${name}`;
    // Versions before this check do not say their name.
    return status === 200 || status === 503 ? undefined : `its peer_url ${peerUrl} answers /livez with ${status}`;
  } catch (error) {
    return `its peer_url ${peerUrl} cannot be reached: ${failureOf(error, timeoutMs)}`;
  }
}

async function lookAtBeats(target: CheckTarget, asker: Asker, timeoutMs: number): Promise<BeatsLook> {
  const { server, session, beatUrl } = target;
  const { clusterKey } = asker;
  if (clusterKey === undefined) return { outcome: 'unknown' };
  if (beatUrl === undefined) return { outcome: 'keyless' };
  const unreachable = (why: string) => ({ outcome: 'unreachable', why: `its beats port ${beatUrl} ${why}` }) as const;
  const nonce = randomUUID();
  const question = questionText({ session: asker.session, nonce });
  const sentMs = performance.now();
  try {
    const url = new URL(CHECK_PATH, beatUrl);
    const signed = clusterSignature('question', clusterKey, session, question);
    const { status, signature, text } = await post(url, question, signed, timeoutMs);
    const rttMs = performance.now() - sentMs;
    const halfwayUnixMs = Date.now() - rttMs / 2;
    // A server of the herd refuses without a word.
    if (text === '' && status === 403) return { outcome: 'refused' };
    // A session that has just ended; a version before this check.
    if (text === '' && (status === 404 || status === 503)) return { outcome: 'unknown' };
    if (status !== 200 || !isClusterSignature(signature, 'answer', clusterKey, asker.session, text)) {
      return unreachable(`is answered by something else (status ${status})`);
    }
    const answer = checkAnswerSchema.safeParse(JSON.parse(text)).data;
    if (answer?.nonce !== nonce || answer.server !== server) return unreachable('gives an answer to another question');
    return { outcome: 'answered', facts: factsOf(answer), offsetMs: answer.atMs - halfwayUnixMs, rttMs };
  } catch (error) {
    return unreachable(`cannot be reached: ${failureOf(error, timeoutMs)}`);
  }
}

interface Posted {
  readonly status: number;
  readonly signature: string;
  readonly text: string;
}

/** Asks in the same way as beats are sent: `fetch` refuses some ports that beats may use. */
function post(url: URL, body: string, signature: string, timeoutMs: number): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      [SIGNATURE_HEADER]: signature,
    };
    const sent = request(url, { method: 'POST', agent: false, headers, signal: AbortSignal.timeout(timeoutMs) });
    sent.on('error', (error) => reject(error.name === 'AbortError' ? error.cause : error));
    sent.on('response', (response) => {
      void requestBody(response, MAX_ANSWER_BYTES).then((text) => {
        // What is too long is left unread.
        if (!Buffer.isBuffer(text)) sent.destroy();
        if (text === 'too large') reject(new Error(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`));
        else if (text === undefined) reject(new Error('the connection was closed in the middle of an answer'));
        else {
          const by = String(response.headers[SIGNATURE_HEADER] ?? '');
          resolve({ status: response.statusCode ?? 0, signature: by, text: text.toString() });
        }
      });
    });
    sent.end(body);
  });
}

function factsOf({ version, segmentMs, window, times, lowLatency, folder }: CheckAnswer): PeerFacts {
  const more = { ...(lowLatency !== undefined && { lowLatency }), ...(folder !== undefined && { folder }) };
  return { version, segmentMs, window, times, ...more };
}

/** The system's own words: the message of `fetch` says only that it failed. */
function failureOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s (does a firewall drop it?)`;
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : error.message;
}
