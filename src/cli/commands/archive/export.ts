import { open, rename, rm, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pathOf } from '../../../domain/definition/stream-name.ts';
import { systemReason } from '../../../domain/system-error.ts';
import { parseDurationMs, roughBytes } from '../../../domain/text/units.ts';
import type { ApiClient } from '../../api-client.ts';
import { type Command, CommandFailure, DONE, Misuse, SERVER_OPTIONS } from '../../command.ts';
import { connect } from '../../connection.ts';
import { streamName } from '../streams.ts';
import { instantOf, secondsOf } from './archive-shapes.ts';

/** Where an export that is not whole lies. */
const PART = '.part';
const GAPS_HEADER = 'streamherd-gaps';
const UNAVAILABLE_HEADER = 'streamherd-unavailable';

export const exportCommand: Command = {
  name: 'archive export',
  summary: 'Write what is recorded of a time into a file',
  positionals: [{ name: 'STREAM' }, { name: 'FROM' }, { name: 'DURATION' }, { name: 'FILE' }],
  options: SERVER_OPTIONS,
  details: [
    'FILE ends with .mp4 or .ts. The video is copied, not encoded again. What is written lies in FILE.part until it is',
    'whole. An interrupted export of .ts goes on where it was when the same command is given again.',
    'Times that are not recorded, or recorded on a server that is away, are left out, and named.',
  ],
  example: 'archive export cam01 2026-11-22T06:00:00Z 10m gate.mp4',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const [, from = '', duration = '', file = ''] = positionals;
    const name = streamName(positionals[0]);
    const ending = extname(file);
    if (ending !== '.mp4' && ending !== '.ts')
      throw new Misuse(`"${file}": expected a file that ends with .mp4 or .ts`);
    const path = `/${pathOf(name)}/archive-${instantOf(from)}-${secondsOf(duration, parseDurationMs)}${ending}`;
    const api = await connect(invocation);
    const { bytes, gaps, unavailable } = await download(api, path, file, ending === '.ts');
    if (options.has('json')) terminal.printJson({ file, bytes, gaps, unavailable });
    else terminal.print(`${file}: ${roughBytes(bytes)}`);
    for (const gap of gaps) terminal.complain(`not recorded: ${timeOf(gap)}: ${gap.why}`);
    for (const time of unavailable) terminal.complain(`recorded, and not to be had now: ${timeOf(time)}`);
    return DONE;
  },
};

/** In seconds. */
interface Time {
  readonly from: number;
  readonly duration: number;
}

interface Gap extends Time {
  readonly why: string;
}

function timeOf({ from, duration }: Time): string {
  return `${duration} s from ${new Date(from * 1000).toISOString()}`;
}

/** @throws CommandFailure; what has come is left in the part. */
async function download(api: ApiClient, path: string, file: string, mayResume: boolean) {
  const part = `${file}${PART}`;
  if (!mayResume) await rm(part, { force: true });
  const had = mayResume ? ((await stat(part).catch(() => undefined))?.size ?? 0) : 0;
  const response = await api.file(path, had);
  const isResumed = response.status === 206;
  // It had all of it when it was interrupted, or it is of another time: 416 says how long it is.
  const isWhole = response.status === 416 && response.headers.get('content-range') === `bytes */${had}`;
  if (response.status === 416 && !isWhole) {
    throw new CommandFailure(`${part} is not the beginning of that: remove it, and try again`);
  }
  let bytes = isResumed || isWhole ? had : 0;
  const gaps = listOf<Gap>(response.headers.get(GAPS_HEADER));
  const unavailable = listOf<Time>(response.headers.get(UNAVAILABLE_HEADER));
  try {
    await using output = await open(part, isResumed || isWhole ? 'a' : 'w');
    for await (const piece of isWhole ? [] : api.bytes(response)) {
      await output.writeFile(piece);
      bytes += piece.length;
    }
    await output.sync();
    await rename(part, file);
  } catch (error) {
    if (error instanceof CommandFailure)
      throw new CommandFailure(`${error.message}; ${part} has ${roughBytes(bytes)} of it`);
    throw new CommandFailure(`${part} cannot be written: ${systemReason(error)}`, { cause: error });
  }
  return { bytes, gaps, unavailable };
}

function listOf<T extends Time>(header: string | null): readonly T[] {
  try {
    const value: unknown = JSON.parse(header ?? '[]');
    // Both ends are of this project.
    return Array.isArray(value) ? (value as T[]) : [];
  } catch {
    return [];
  }
}
