import type { ConfiguredStream } from './config.ts';
import { lengthProblem, ReadText } from './read-text.ts';
import { readStream } from './reading/read-stream.ts';
import type { ConfigProblem } from './syntax/problem.ts';
import { STREAM_VOCABULARY } from './syntax/vocabulary.ts';

export type ParsedStream =
  | { readonly ok: true; readonly stream: Pick<ConfiguredStream, 'name' | 'definition'> }
  /** In the order of the text. */
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export const MAX_STREAM_TEXT = 64 * 1024;
const MAX_PROBLEMS = 50;

/** Reads the text of one `stream` block, as a configuration file has it. `textName`: what problems call the text. */
export function parseStream(text: string, textName: string): ParsedStream {
  const tooLong = lengthProblem(text, textName, MAX_STREAM_TEXT);
  if (tooLong !== undefined) return { ok: false, problems: [tooLong] };
  const read = new ReadText(text, textName);
  const { statements, reading } = read;
  const statement = reading.byWord(statements, { stream: STREAM_VOCABULARY }, 'this text').get('stream')?.[0];
  const stream = statement && readStream(statement, reading);
  if (statement === undefined) reading.reportMissing(0, 'one block like "stream cam01 { input rtsp://…; }"');
  const { findings } = read;
  if (stream !== undefined && findings.length === 0) return { ok: true, stream };
  return { ok: false, problems: findings.slice(0, MAX_PROBLEMS).map((finding) => read.problem(finding)) };
}
