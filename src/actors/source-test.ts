import type { SourceTest, SourceTester, SourceTestOrder } from '../domain/definition/source-test.ts';
import { schemeOf } from '../domain/definition/source-url.ts';
import { Gate } from '../domain/gate.ts';
import type { SourceFailure } from '../domain/source-failure.ts';
import { execa } from '../host/system/execa.ts';
import { failureOf } from '../media/ffmpeg/exit-classes.ts';
import { LineReader, LineTail } from '../media/ffmpeg/line-reader.ts';
import { isTold } from '../media/ffmpeg/sound-reader.ts';
import { type Tools, wrapCommand } from '../media/ffmpeg/wrapped-command.ts';
import { lastJpeg } from '../media/preview-picture.ts';
import { adviceFor } from '../media/source-test/advice.ts';
import { PacketList } from '../media/source-test/packet-list.ts';
import { firstPictureArguments, PACKETS_FD, sourceTestCommand } from '../media/source-test/source-test-command.ts';
import { readOutput } from './child-output.ts';

/** Each takes some of a core and of the network, which captures need more. */
const AT_ONCE = 2;
const MAX_WAITING = 6;
/** Connecting, and the seconds that are looked at. */
const DEADLINE_MS = 15_000;
const PICTURE_DEADLINE_MS = 5000;
/** For the first picture. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const MAX_PICTURE_BYTES = 1024 * 1024;
/** A source of 240 pictures a second sends a tenth of these in the time that is looked at. */
const MAX_PACKETS = 20_000;

/** `deadlineMs`: for connecting and looking, together. */
export function sourceTests(tools: Tools, deadlineMs = DEADLINE_MS): SourceTester {
  const gate = new Gate({ places: AT_ONCE, maxWaiting: MAX_WAITING });
  return (order) => gate.run(() => testOf(order, tools, deadlineMs), order.signal);
}

async function testOf(order: SourceTestOrder, tools: Tools, deadlineMs: number): Promise<SourceTest> {
  const { url, transcoder, signal } = order;
  order.onBegin?.();
  if (schemeOf(url) === 'test') return { ok: true, seenS: 0, says: ['streamherd makes this picture itself.'] };
  const { packets, media, failure, firstDataS } = await look(url, tools, signal, deadlineMs);
  signal.throwIfAborted();
  if (packets.packets === 0) return { ok: false, failure };
  const facts = packets.facts();
  const picture = facts.video === undefined ? undefined : await firstPicture(media, tools, signal);
  return {
    ok: true,
    ...facts,
    ...(firstDataS !== undefined && { firstDataS }),
    says: [
      ...adviceFor(facts, transcoder),
      ...(facts.video !== undefined && picture === undefined ? ['No picture of it could be decoded.'] : []),
    ],
    ...(picture !== undefined && { picture: picture.toString('base64') }),
  };
}

interface Looked {
  readonly packets: PacketList;
  /** The first of it. */
  readonly media: Buffer;
  /** What is to be said if there were no packets. */
  readonly failure: SourceFailure;
  readonly firstDataS: number | undefined;
}

/** The only connection to the source: cameras allow few, and often one. */
async function look(url: string, tools: Tools, signal: AbortSignal, deadlineMs: number): Promise<Looked> {
  const command = sourceTestCommand(url);
  const [file, args] = wrapCommand(command.args, tools);
  const subprocess = execa(file, args, {
    buffer: false,
    reject: false,
    forceKillAfterDelay: false,
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    stdio: [command.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const kill = () => void subprocess.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  const beganMs = performance.now();
  let firstDataS: number | undefined;
  const [stdin] = subprocess.stdio;
  stdin?.on('error', () => undefined).end(command.stdin);
  const packets = new PacketList();
  const tail = new LineTail();
  const lines = new LineReader();
  const kept: Uint8Array[] = [];
  let bytes = 0;
  readOutput(subprocess.stdout, (chunk) => {
    if (bytes < MAX_KEPT_BYTES) kept.push(chunk);
    bytes += chunk.length;
  });
  readOutput(subprocess.stderr, (chunk) => {
    for (const line of lines.push(chunk)) if (!isTold(line)) tail.push(line);
  });
  readOutput(subprocess.stdio[PACKETS_FD], (chunk) => {
    firstDataS ??= Math.round((performance.now() - beganMs) / 10) / 100;
    packets.push(chunk);
    // No source that plays sends so many: it would only keep this thread busy.
    if (packets.packets > MAX_PACKETS) kill();
  });
  const { timedOut, exitCode: code, signal: endedBy } = await subprocess;
  signal.removeEventListener('abort', kill);
  const failure: SourceFailure = timedOut
    ? { kind: 'timeout', message: `the source gave no data within ${deadlineMs / 1000} s` }
    : failureOf({ url, tail: tail.lines, code, signal: endedBy, stopped: false });
  return { packets, media: Buffer.concat(kept), failure, firstDataS };
}

async function firstPicture(media: Buffer, tools: Tools, signal: AbortSignal): Promise<Buffer | undefined> {
  const [file, args] = wrapCommand(firstPictureArguments(), tools);
  const { stdout } = await execa(file, args, {
    encoding: 'buffer',
    reject: false,
    input: media,
    timeout: PICTURE_DEADLINE_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_PICTURE_BYTES,
    cancelSignal: signal,
  });
  return lastJpeg(Buffer.from(stdout ?? []));
}
