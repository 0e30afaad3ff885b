import type { StreamInfo } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from 'nats';
import type { Bus } from './bus.ts';
import { BusError } from './bus-error.ts';

/**
 * The few requests of the JetStream API that the herd makes, as plain messages. The client library's own calls retry, map
 * "no answer" to "JetStream is not enabled", and read through replicas; decisions need to know what happened.
 */
export interface StoredMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly text: string;
  readonly headers: ReadonlyMap<string, string>;
}

export const NO_SUCH_MESSAGE = 10037;
export const NO_SUCH_STREAM = 10059;
export const STREAM_EXISTS_OTHERWISE = 10058;
export const SUBJECTS_TAKEN = 10065;
/** The largest answer that lists subjects is split by the server after this many. */
const SUBJECTS_A_PAGE = 100_000;

interface ApiAnswer {
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description: string };
}

/** @throws BusError when there is no answer, or with the `err_code` of the refusal. */
export async function askJetStream<T>(bus: Bus, call: string, body: unknown, timeoutMs: number): Promise<T> {
  const reply = await bus.request(`$JS.API.${call}`, JSON.stringify(body), { timeoutMs });
  const answer = reply.json<ApiAnswer & T>();
  if (answer.error !== undefined) {
    const { err_code: code, description } = answer.error;
    throw new BusError(`JetStream refuses ${call}: ${description}`, code === undefined ? {} : { code });
  }
  return answer;
}

export function streamInfo(bus: Bus, stream: string, timeoutMs: number): Promise<StreamInfo> {
  return askJetStream<StreamInfo>(bus, `STREAM.INFO.${stream}`, {}, timeoutMs);
}

/** Every subject that has a message in the stream. */
export async function streamSubjects(bus: Bus, stream: string, filter: string, timeoutMs: number): Promise<string[]> {
  const subjects: string[] = [];
  for (;;) {
    const body = { subjects_filter: filter, offset: subjects.length };
    const info = await askJetStream<StreamInfo>(bus, `STREAM.INFO.${stream}`, body, timeoutMs);
    const page = Object.keys(info.state.subjects ?? {});
    subjects.push(...page);
    if (page.length < SUBJECTS_A_PAGE) return subjects;
  }
}

/**
 * A message as the stream's leader has it, the last of a subject or the one with a sequence number; `undefined` when there is
 * none. Answered by the leader alone, unlike a direct get: facts of a decision must not be old.
 */
export async function storedMessage(
  bus: Bus,
  stream: string,
  which: { readonly last_by_subj: string } | { readonly seq: number },
  timeoutMs: number,
): Promise<StoredMessage | undefined> {
  try {
    const { message } = await askJetStream<{
      readonly message: {
        readonly subject: string;
        readonly seq: number;
        readonly data?: string;
        readonly hdrs?: string;
      };
    }>(bus, `STREAM.MSG.GET.${stream}`, which, timeoutMs);
    return {
      subject: message.subject,
      sequence: message.seq,
      text: Buffer.from(message.data ?? '', 'base64').toString('utf8'),
      headers: parseHeaders(Buffer.from(message.hdrs ?? '', 'base64').toString('utf8')),
    };
  } catch (error) {
    if (error instanceof BusError && error.code === NO_SUCH_MESSAGE) return undefined;
    throw error;
  }
}

/** The header block of a stored message: `NATS/1.0`, then `Name: value` lines. */
function parseHeaders(block: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

/** Deletes the messages of `subject` up to the sequence `last`, and keeps what is newer. @throws BusError as `askJetStream`. */
export async function purgeSubject(
  bus: Bus,
  stream: string,
  subject: string,
  last: number,
  timeoutMs: number,
): Promise<void> {
  await askJetStream(bus, `STREAM.PURGE.${stream}`, { filter: subject, seq: last + 1 }, timeoutMs);
}

/** The acknowledgement of a JetStream publish. @throws BusError as `askJetStream`. */
export async function publishStored(
  bus: Bus,
  subject: string,
  payload: string,
  fields: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<{ readonly sequence: number }> {
  const reply = await bus.request(subject, payload, { timeoutMs, headers: headersOf(fields) });
  const answer = reply.json<ApiAnswer & { readonly seq: number }>();
  if (answer.error !== undefined) {
    const { err_code: code, description } = answer.error;
    throw new BusError(`JetStream refuses the write: ${description}`, code === undefined ? {} : { code });
  }
  return { sequence: answer.seq };
}

function headersOf(fields: Readonly<Record<string, string>>): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
}
