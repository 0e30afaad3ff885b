import { PAGE_HEADER, TOKEN_HEADER } from '../../src/domain/access/page-headers.ts';
import type { DefinitionProblem } from '../../src/domain/definition/definition-problem.ts';

const TIMEOUT_MS = 15_000;

/** An answer other than 2xx, with its sentence. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  /** What is wrong with a definition, by its places. */
  readonly problems: readonly DefinitionProblem[];

  constructor(status: number, why: string, problems: readonly DefinitionProblem[] = []) {
    super(why);
    this.status = status;
    this.problems = problems;
  }
}

export interface Answer<T> {
  readonly answer: T;
  /** Of a list, for the change feed. */
  readonly version: string;
}

let token = '';
/** The word of this login, without which no change is accepted. */
export function useToken(word: string): void {
  token = word;
}

let tellNoLogin = () => {};
/** `listener` is called when the server wants a login for what was asked: the one that it knew may have ended. */
export function whenLoginIsMissing(listener: () => void): void {
  tellNoLogin = listener;
}

interface Question {
  readonly method?: string;
  readonly body?: unknown;
  readonly timeoutMs?: number;
  /** Ends the question: the server hears that its client has gone. */
  readonly signal?: AbortSignal;
}

/** A browser asks again with the version that it has: most of the time there is nothing to send. */
export async function ask<T>(path: string, question?: Question): Promise<Answer<T>> {
  const { answer, version } = await askText(path, question);
  // The server that the page is of answers as its own types say.
  return { answer: JSON.parse(answer) as T, version };
}

/** As `ask`, for what is no JSON. */
export async function askText(
  path: string,
  { method = 'GET', body, timeoutMs = TIMEOUT_MS, signal }: Question = {},
): Promise<Answer<string>> {
  const response = await fetch(path, {
    method,
    // The one that joins signals is missing in browsers that have the rest.
    signal:
      signal === undefined ? AbortSignal.timeout(timeoutMs) : AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]),
    cache: 'no-cache',
    headers: { [PAGE_HEADER]: '1', ...(method !== 'GET' && { [TOKEN_HEADER]: token }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status === 401) tellNoLogin();
  if (!response.ok) {
    const { error, problems } = refusalIn(text);
    throw new Refused(response.status, error ?? response.statusText, problems);
  }
  return { answer: text, version: response.headers.get('ETag')?.replaceAll('"', '') ?? '' };
}

export function reasonOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  if (error instanceof Error && error.name === 'TimeoutError') return 'the server has not answered in time';
  return 'the server does not answer';
}

interface Refusal {
  readonly error?: string;
  readonly problems?: readonly DefinitionProblem[];
}

/** Something between the page and its server may answer with another text. */
function refusalIn(text: string): Refusal {
  try {
    // As the API answers it.
    return JSON.parse(text) as Refusal;
  } catch {
    return {};
  }
}
