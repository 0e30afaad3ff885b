import type { PeerFacts } from '../../domain/peers/peer-facts.ts';
import { clusterSignature, isClusterSignature } from '../../host/cluster-signature.ts';

/** On the beats port. */
export const CHECK_PATH = '/herd/check';
/** A session and a nonce take less. */
export const MAX_QUESTION_BYTES = 1024;

const VERSION = 1;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Of the server that answers. Plain data. */
export interface AnswererSettings {
  readonly server: string;
  readonly clusterKey: string;
  readonly facts: PeerFacts;
}

export interface AnsweredCheck {
  readonly status: 200 | 400 | 403 | 503;
  readonly body?: string;
  /** Of the body, for the session that asked. */
  readonly signature?: string;
}

/** What a server asks the session at the other end of a beats port. */
export interface CheckQuestion {
  /** The session that asks, which the answer is signed for. */
  readonly session: string;
  /** A fresh random id, so that a recorded answer does not fit this question. */
  readonly nonce: string;
}

export function questionText(question: CheckQuestion): string {
  return JSON.stringify({ v: VERSION, ...question });
}

/**
 * Answers a question that was signed for one of `sessions`, those of this server. A stranger that repeats a recorded question gets an
 * answer too, but cannot use it: the answer holds no secret, and is signed for the session that asked first.
 */
export function answerCheck(
  { text, signature }: { readonly text: string; readonly signature: string },
  sessions: Iterable<string>,
  { server, clusterKey, facts }: AnswererSettings,
  nowUnixMs: number,
): AnsweredCheck {
  const known = [...sessions];
  if (known.length === 0) return { status: 503 };
  const session = known.find((each) => isClusterSignature(signature, 'question', clusterKey, each, text));
  if (session === undefined) return { status: 403 };
  const question = parseQuestion(text);
  if (question === undefined) return { status: 400 };
  const { nonce } = question;
  const body = JSON.stringify({ v: VERSION, nonce, server, session, atMs: nowUnixMs, ...facts });
  return { status: 200, body, signature: clusterSignature('answer', clusterKey, question.session, body) };
}

/** Of any version: one that says more says this too. */
function parseQuestion(text: string): CheckQuestion | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { session, nonce } = value as Readonly<Record<string, unknown>>;
  if (typeof session !== 'string' || typeof nonce !== 'string' || !ID.test(session) || !ID.test(nonce))
    return undefined;
  return { session, nonce };
}
