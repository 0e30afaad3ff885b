import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { RETURNED_FILE } from '../../src/archive/pack/day-summary.ts';
import { parseIndex } from '../../src/archive/pack/pack-index.ts';
import { parseMediaPlaylist } from '../../src/media/playlist.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { framesOf, type RecordedPack, recordedPacks } from '../support/recorded-frames.ts';
import { stopAt } from '../support/stopped-player.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { EDIT_AUTH, type TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/archive-return', { deadlineMs: 220_000 });

const SLOW = { deadlineMs: 90_000, everyMs: 500 };
const PINNED = 'cam1';
const HOME = 's1';
/** Also while what is played is erased. */
const PLAYED_WITHIN_MS = 120_000;
/** Frames a second. */
const FPS = 10;

const packsOf = (server: HerdServer, stream: string) => recordedPacks(join(server.dataDir, 'archive'), stream);

async function recordedAt(server: HerdServer, stream: string, seconds: number): Promise<void> {
  await eventually(
    `${seconds} s of ${stream} are recorded at ${server.name}`,
    async () => framesIn(await packsOf(server, stream)).length >= seconds * FPS,
    SLOW,
  );
}

function framesIn(packs: readonly RecordedPack[]): readonly number[] {
  return packs.flatMap(({ frames }) => frames).sort((one, other) => one - other);
}

/** All that is recorded of the stream, as a viewer of `server` gets the list of it, with the server in each address. */
async function listOf(server: HerdServer, stream: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const response = await fetch(`${server.url}/${stream}/archive-${now - 600}-600.m3u8`);
  const text = await response.text();
  assert.is(response.status, 200, text);
  const absolute = text.replaceAll(/^(?=\d+-\d+\.ts)/gm, `${server.url}/${stream}/`);
  // Its end may not be recorded yet: a player would wait for more.
  return absolute.includes('#EXT-X-ENDLIST') ? absolute : `${absolute}#EXT-X-ENDLIST\n`;
}

/** The pictures that a player gets which has the list as a file, in their order. */
async function picturesOf(list: string): Promise<readonly number[]> {
  await using folder = await tempFolder();
  const file = join(folder.path, 'list.m3u8');
  await writeFile(file, list);
  const protocols = ['-protocol_whitelist', 'file,http,tcp'];
  const copied = ['-map', '0:v', '-c', 'copy', '-copyts', '-f', 'mpegts', '-'];
  const { stdout } = await execa('ffmpeg', ['-v', 'error', '-nostdin', ...protocols, '-i', file, ...copied], {
    encoding: 'buffer',
    timeout: PLAYED_WITHIN_MS,
  });
  return framesOf(Buffer.from(stdout));
}

/** Those of the list that are in one of the packs. */
function segmentsOf(list: string, packs: readonly RecordedPack[]): readonly string[] {
  const epochs = packs.map(({ name }) => name.split('/').at(-1)?.split('-')[0]);
  return addressesIn(list).filter((address) => epochs.includes(address.split('/').at(-1)?.split('-')[0]));
}

function addressesIn(list: string): readonly string[] {
  const parsed = parseMediaPlaylist(list);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.playlist.segments.map(({ uri }) => uri);
}

async function statusOf(address: string): Promise<number> {
  const response = await fetch(address);
  await response.arrayBuffer();
  return response.status;
}

/** An operator does not want to wait for the next question of each home. */
async function hurry(server: HerdServer): Promise<void> {
  const { user, password } = EDIT_AUTH;
  const answer = await fetch(`${server.url}/api/v1/archive-returns`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ order: 'now' }),
  });
  assert.ok(answer.ok, await answer.text());
}

/** Which packs a server has of a stream, and which home the index of each names. */
async function homesOf(server: HerdServer, stream: string): Promise<ReadonlyMap<string, string | undefined>> {
  const root = join(server.dataDir, 'archive');
  const homes = new Map<string, string | undefined>();
  for (const { name } of await packsOf(server, stream)) {
    // It may have been erased since.
    const index = await readFile(join(root, `${name}.m3u8`), 'utf8').catch(() => '');
    homes.set(name, parseIndex(index).header?.home);
  }
  return homes;
}

/** What a stand-in has for the home: not what it recorded while the stream was its own. */
async function leftOf(server: HerdServer, stream: string): Promise<{ packs: number; tombstones: number }> {
  const files = await readdir(join(server.dataDir, 'archive', stream), { recursive: true });
  const homes = [...(await homesOf(server, stream)).values()];
  return {
    packs: homes.filter((name) => name === HOME).length,
    tombstones: files.filter((file) => file.endsWith(`/${RETURNED_FILE}`)).length,
  };
}

/** Streams of the home: the pinned one, and those that it captures because it was their turn. */
async function streamsOf(herd: TestHerd): Promise<readonly string[]> {
  return (await herd.byServer()).get(HOME) ?? [];
}

async function epochsOf(herd: TestHerd, streams: readonly string[]): Promise<readonly (number | undefined)[]> {
  return Promise.all(streams.map(async (stream) => (await herd.stream(stream)).epoch));
}

test('what stand-ins recorded comes home, pinned or not, is erased there, and old lists play on, also while that happens', async () => {
  const options = { cameras: 6, captureAt: { [PINNED]: HOME }, dvr: true, archiveReturn: { grace: '2s' } };
  await withHerd(options, async (herd) => {
    const home = herd.server(HOME);
    await herd.atRest();
    const streams = (await streamsOf(herd)).toSorted().slice(0, 2);
    assert.is(streams.length, 2, 'a pinned stream and another one');
    for (const stream of streams) await recordedAt(home, stream, 3);

    home.kill('SIGKILL');
    await home.ended();
    await eventually('others stand in', async () => (await streamsOf(herd)).length === 0, SLOW);
    await herd.whole();
    const holders = new Map<string, HerdServer>();
    for (const stream of streams) holders.set(stream, herd.server(await herd.ownerOf(stream)));
    for (const [stream, holder] of holders) await recordedAt(holder, stream, 5);

    await home.start();
    await eventually(
      'the streams are back at their home',
      async () => {
        const there = await streamsOf(herd);
        return streams.every((stream) => there.includes(stream));
      },
      SLOW,
    );
    await herd.whole();
    const epochs = await epochsOf(herd, streams);
    const before = new Map<string, { readonly list: string; readonly packs: readonly RecordedPack[] }>();
    for (const [stream, holder] of holders) {
      const homes = await homesOf(holder, stream);
      const packs = (await packsOf(holder, stream)).filter(({ name }) => homes.get(name) === HOME);
      assert.ok(framesIn(packs).length >= 5 * FPS, `${holder.name} has recorded ${stream} for its home`);
      before.set(stream, { list: await listOf(holder, stream), packs });
    }
    const { list: listed = '', packs: returning = [] } = before.get(PINNED) ?? {};
    // It has one segment from the holder when the others are erased there.
    const [, segment = ''] = segmentsOf(listed, returning);
    await using stop = await stopAt(listed, segment);
    const played = picturesOf(stop.list);
    played.catch(() => {});
    await eventually('the player is within what returns', () => stop.isReached, SLOW);
    const held = await Promise.all([...holders].map(([stream, holder]) => leftOf(holder, stream)));
    assert.ok(
      held.every(({ packs }) => packs > 0),
      'nothing is erased before',
    );

    await eventually(
      'nothing of the home is left at the stand-ins but tombstones',
      async () => {
        await hurry(home);
        const left = await Promise.all([...holders].map(([stream, holder]) => leftOf(holder, stream)));
        return left.every(({ packs, tombstones }) => packs === 0 && tombstones > 0);
      },
      SLOW,
    );
    for (const [stream, holder] of holders) {
      const { list = '', packs = [] } = before.get(stream) ?? {};
      const came = (await packsOf(home, stream)).filter(({ name }) => packs.some((pack) => pack.name === name));
      assert.equal(came, packs, `${stream}: each frame that ${holder.name} recorded is at home`);
      assert.equal([...new Set((await homesOf(home, stream)).values())], [HOME], 'it is the home of what has come');
      for (const address of addressesIn(list)) assert.is(await statusOf(address), 200, address);
      stop.open();
      const pictures = new Set(await (stream === PINNED ? played : picturesOf(list)));
      const missed = framesIn(packs).filter((frame) => !pictures.has(frame));
      assert.equal(missed, [], `${stream}: the list from before plays to its end, also to a player that was within it`);
    }
    await isAvailable(herd, streams);
    assert.equal(await herd.pulledTwice(), []);
    assert.equal(await epochsOf(herd, streams), epochs, 'no capture has ended');
  });
});

/** Every server says that all of it can be played, also one that has erased it. */
async function isAvailable(herd: TestHerd, streams: readonly string[]): Promise<void> {
  for (const stream of streams) {
    for (const { url } of herd.servers) {
      const answer = await fetch(`${url}/${stream}/recording_status.json?detail=1`);
      // What the server answers by its own rules: the test reads what it compares.
      const [status] = (await answer.json()) as { unavailable?: object[] }[];
      assert.is(status?.unavailable, undefined, `${stream} at ${url}`);
    }
  }
}

test.run();
