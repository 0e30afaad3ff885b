import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { pathOf } from '../../../domain/definition/stream-name.ts';
import { systemReason } from '../../../domain/system-error.ts';
import { isoTime } from '../../../domain/text/iso-time.ts';
import { roughBytes } from '../../../domain/text/units.ts';
import type { ApiClient } from '../../api-client.ts';
import { type Command, CommandFailure, DONE, Misuse, SERVER_OPTIONS } from '../../command.ts';
import { connect } from '../../connection.ts';
import { streamName } from '../streams.ts';
import { instantOf, secondsOf } from './archive-shapes.ts';

/** Where an export that is not whole lies. */
const PART = '.part';
/** Beside it: which segments it is a part of. Others make another file, as when retention has removed the first ones. */
const TAG = '.etag';
const MAX_TAG_CHARS = 200;
const GAPS_HEADER = 'streamherd-gaps';
const UNAVAILABLE_HEADER = 'streamherd-unavailable';

export const exportCommand: Command = {
  name: 'archive export',
  summary: 'Write what is recorded of a time into a file',
  positionals: [{ name: 'STREAM' }, { name: 'FROM' }, { name: 'DURATION' }, { name: 'FILE' }],
  options: SERVER_OPTIONS,
  details: [
    'FILE ends with .mp4 or .ts. The video is copied, not encoded again. What is written lies in FILE.part until it is',
    'whole. An interrupted export of .ts goes on where it was when the same command is given again; it begins again if',
    'the recordings of that time are others by now.',
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
    const path = `/${pathOf(name)}/archive-${instantOf(from)}-${secondsOf(duration)}${ending}`;
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
  return `${duration} s from ${isoTime(from * 1000)}`;
}

/** @throws CommandFailure; what has come is left in the part. */
async function download(api: ApiClient, path: string, file: string, mayResume: boolean) {
  const part = `${file}${PART}`;
  const tag = mayResume ? await readFile(part + TAG, 'utf8').catch(() => '') : '';
  // What is not known to be a part of the same is not gone on with.
  const had = tag === '' ? 0 : ((await stat(part).catch(() => undefined))?.size ?? 0);
  const response = await api.file(path, had, tag);
  const isResumed = response.status === 206;
  // It had all of it when it was interrupted, or it is of another time: 416 says how long it is.
  const isWhole = response.status === 416 && response.headers.get('content-range') === `bytes */${had}`;
  if (response.status === 416 && !isWhole) {
    throw new CommandFailure(`${part} is not the beginning of that: remove it, and try again`);
  }
  const isBegun = isResumed || isWhole;
  let bytes = isBegun ? had : 0;
  const gaps = listOf<Gap>(response.headers.get(GAPS_HEADER));
  const unavailable = listOf<Time>(response.headers.get(UNAVAILABLE_HEADER));
  try {
    if (!isBegun) await begin(part, mayResume ? response.headers.get('etag') : null);
    await using output = await open(part, 'a');
    for await (const piece of isWhole ? [] : api.bytes(response)) {
      await output.writeFile(piece);
      bytes += piece.length;
    }
    await output.sync();
    await rename(part, file);
    await rm(part + TAG, { force: true });
  } catch (error) {
    if (error instanceof CommandFailure)
      throw new CommandFailure(`${error.message}; ${part} has ${roughBytes(bytes)} of it`);
    throw new CommandFailure(`${part} cannot be written: ${systemReason(error)}`, { cause: error });
  }
  return { bytes, gaps, unavailable };
}

/** Removes what there was of another file. Where the process ends within it, the next one begins again. */
async function begin(part: string, tag: string | null): Promise<void> {
  await rm(part + TAG, { force: true });
  await rm(part, { force: true });
  if (tag !== null && tag.length <= MAX_TAG_CHARS) await writeFile(part + TAG, tag);
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
