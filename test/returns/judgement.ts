import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { streamArchivesSchema } from '../../src/http/api/archive/archive-answers.ts';
import { UNAVAILABLE_HEADER } from '../../src/http/archive/playback-answers.ts';
import { eventually } from '../support/eventually.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { framesOf, type RecordedPack, recordedPacks } from '../support/recorded-frames.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { ARCHIVE, REST_DEADLINE_MS } from './stand-in.ts';

/** Cameras count their frames from 1970 on, and so a frame has a time. */
const FRAME_MS = 100;
/** Between the start that is written down for a segment and the moment of its first frame. */
const INEXACT_S = 2;
/** A viewer is told to ask again after a second. */
const ASKED_AGAIN_MS = 20_000;
/** Before the last one: well within what the stand-in has. */
const KEPT_FRAMES = 15;

/** What was recorded of a stream when its home came back, and how it was listed then. */
export interface Recorded {
  readonly stream: string;
  readonly frames: readonly number[];
  /** Packs that two servers had already. */
  readonly heldTwice: readonly string[];
  /** The server that gave the list. */
  readonly listedBy: HerdServer;
  readonly segments: readonly string[];
  /** Protected by an operator, while the home was away. */
  readonly kept: { readonly fromMs: number; readonly untilMs: number };
}

/** Of a pack, wherever it lies. */
export function packName({ name }: RecordedPack): string {
  return name.split('/').at(-1) ?? name;
}

export async function recordedNow(herd: TestHerd, stream: string, listedBy: HerdServer): Promise<Recorded> {
  const frames = [...new Set(await framesOnDisks(herd, stream))].sort((one, other) => one - other);
  const { from, duration } = timeOf(frames);
  const list = await textOf(`${listedBy.url}/${stream}/archive-${from}-${duration}.m3u8`);
  const fromMs = ((frames.at(-1) ?? 0) - KEPT_FRAMES) * FRAME_MS;
  const kept = { fromMs, untilMs: fromMs + FRAME_MS };
  const order = { from: new Date(fromMs).toISOString(), duration: FRAME_MS / 1000, note: 'a test' };
  const answer = await listedBy.change(`/api/v1/archive/${stream}/keep`, order);
  if (!answer.ok) throw new Error(`a time cannot be kept: ${await answer.text()}`);
  const heldTwice = [...(await packsOnTwo(herd, stream)).keys()];
  return { stream, frames, heldTwice, listedBy, segments: segmentsIn(list), kept };
}

/** What is wrong now with what was recorded, a sentence each. */
export async function problemsOf(herd: TestHerd, recorded: Recorded): Promise<string[]> {
  const { stream, frames, heldTwice, listedBy, segments } = recorded;
  const problems = [...(await unkept(recorded))];
  const onDisks = await framesOnDisks(herd, stream);
  problems.push(...missing('on no disk', frames, onDisks));
  for (const [pack, where] of await packsOnTwo(herd, stream)) {
    if (!heldTwice.includes(pack)) problems.push(`${pack} is on ${where}`);
  }
  const { from, duration: before } = timeOf(frames);
  // Another address: players of the list from before follow it, so that server must not number it anew.
  const duration = before + 1;
  const lists = new Map<string, string>();
  for (const { name, url } of herd.servers) {
    const list = await textOf(`${url}/${stream}/archive-${from}-${duration}.m3u8`);
    lists.set(list, name);
    const exported = await framesIn(`${url}/${stream}/archive-${from}-${duration}.ts`);
    problems.push(...missing(`not in what ${name} plays`, frames, exported));
    problems.push(...tooOften(`in what ${name} plays`, exported, onDisks));
  }
  if (lists.size > 1) problems.push(`it is listed in different ways: ${differencesOf(lists)}`);
  for (const segment of segments) {
    const response = await fetch(`${listedBy.url}/${stream}/${segment}`);
    await response.body?.cancel();
    if (!response.ok) problems.push(`${segment} of a list from before is answered with ${response.status}`);
  }
  let left: readonly string[] = [];
  const areGone = async () => {
    left = await partsOn(herd);
    return left.length === 0;
  };
  // A fault may move another stream once more when it is over, and a recording of that one comes home now.
  await eventually('no part is left', areGone, { deadlineMs: REST_DEADLINE_MS, everyMs: 500 }).catch(() => {});
  return [...problems, ...left];
}

async function partsOn(herd: TestHerd): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, dataDir } of herd.servers) {
    const files = await readdir(join(dataDir, ARCHIVE), { recursive: true }).catch(() => []);
    const parts = files.filter((file) => file.endsWith('.part'));
    if (parts.length > 0) found.push(`${name} has left ${parts.join(', ')}`);
  }
  return found;
}

/** Packs of the protected time that are not protected where they lie now. */
async function unkept({ stream, listedBy, kept }: Recorded): Promise<readonly string[]> {
  const { servers, silent } = streamArchivesSchema.parse(await listedBy.ask(`/api/v1/archive/${stream}?limit=1000`));
  const packs = servers.flatMap(({ server, packs: all }) => all.map((pack) => ({ server, ...pack })));
  const within = packs.filter(({ from, until }) => {
    return Date.parse(from) < kept.untilMs && Date.parse(until) > kept.fromMs;
  });
  if (within.length === 0) return [`nothing of the kept time is listed; silent: ${JSON.stringify(silent)}`];
  return within.filter((pack) => !pack.kept).map(({ server, file }) => `${file} of ${server} is not kept`);
}

/** Of a pack that two servers have, once. */
async function framesOnDisks(herd: TestHerd, stream: string): Promise<readonly number[]> {
  const packs = await Promise.all(herd.servers.map(({ dataDir }) => recordedPacks(join(dataDir, ARCHIVE), stream)));
  const byName = new Map(packs.flat().map((pack) => [packName(pack), pack.frames]));
  return [...byName.values()].flat();
}

/** Packs that two servers have, with both. Within one server an end of its process may leave a segment in two packs, and it is listed once. */
async function packsOnTwo(herd: TestHerd, stream: string): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  const onTwo = new Map<string, string>();
  for (const { name: server, dataDir } of herd.servers) {
    for (const pack of (await recordedPacks(join(dataDir, ARCHIVE), stream)).map(packName)) {
      const other = seen.get(pack);
      if (other !== undefined) onTwo.set(pack, `${other} and on ${server}`);
      seen.set(pack, server);
    }
  }
  return onTwo;
}

function timeOf(frames: readonly number[]): { readonly from: number; readonly duration: number } {
  const [first = 0] = frames;
  const from = Math.floor((first * FRAME_MS) / 1000) - INEXACT_S;
  return { from, duration: Math.ceil(((frames.at(-1) ?? 0) * FRAME_MS) / 1000) + INEXACT_S - from };
}

function missing(where: string, wanted: readonly number[], found: readonly number[]): readonly string[] {
  const there = new Set(found);
  const lost = wanted.filter((frame) => !there.has(frame));
  return lost.length === 0 ? [] : [`${lost.length} of ${wanted.length} frames are ${where}: from ${lost[0]} on`];
}

/**
 * Frames that are played more often than they were recorded. A camera begins each pull with its last key frame, so a stream that is handed
 * over has the frames since then in two packs, of two epochs, and both are played.
 */
function tooOften(where: string, played: readonly number[], recorded: readonly number[]): readonly string[] {
  const left = new Map<number, number>();
  for (const frame of recorded) left.set(frame, (left.get(frame) ?? 0) + 1);
  const repeated = played.filter((frame) => {
    const times = left.get(frame) ?? 0;
    left.set(frame, times - 1);
    return times <= 0;
  });
  return repeated.length === 0 ? [] : [`${repeated.length} frames are ${where} too often: from ${repeated[0]} on`];
}

/** The lines of each list that not all of them have. */
function differencesOf(lists: ReadonlyMap<string, string>): string {
  const texts = [...lists.keys()].map((list) => new Set(list.split('\n')));
  return [...lists]
    .map(([list, name]) => {
      const own = list.split('\n').filter((line) => !texts.every((text) => text.has(line)));
      return `${name} alone has ${own.join(' ')}`;
    })
    .join('; ');
}

function segmentsIn(list: string): readonly string[] {
  return list.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

async function framesIn(url: string): Promise<readonly number[]> {
  const response = await answerOf(url);
  return framesOf(Buffer.from(await response.arrayBuffer()));
}

async function textOf(url: string): Promise<string> {
  const response = await answerOf(url);
  return response.text();
}

/** A server that does not answer another one within a second counts as away, as on a machine with much to do: viewers ask again then. */
async function answerOf(url: string): Promise<Response> {
  const whole = async () => {
    const response = await fetch(url);
    if (response.status !== 503 && !response.headers.has(UNAVAILABLE_HEADER)) return response;
    await response.body?.cancel();
    return undefined;
  };
  const response = await eventually(`all of ${url} can be had`, whole, { deadlineMs: ASKED_AGAIN_MS, everyMs: 500 });
  if (!response.ok) throw new Error(`${url} is answered with ${response.status}: ${await response.text()}`);
  return response;
}
