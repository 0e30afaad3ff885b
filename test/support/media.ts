import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseStreamName } from '../../src/domain/definition/stream-name.ts';
import type { StreamPlace } from '../../src/domain/redirect.ts';
import { follow, type LiveSegment } from '../../src/domain/segments/live-segment.ts';
import { type MediaHost, type MediaOptions, startMedia } from '../../src/http/public/media-host.ts';
import { type MediaPlaylist, parseMediaPlaylist } from '../../src/media/playlist.ts';
import { liveFolder, segmentName } from '../../src/media/segment-name.ts';
import { tempFolder } from './temp-folder.ts';

/** A media host on a free port of the loopback, with a folder of its own. */
export interface TestMedia extends AsyncDisposable {
  readonly name: string;
  readonly host: MediaHost;
  readonly url: string;
  readonly dataDir: string;
  readonly remarks: string[];
  readonly crashes: string[];
  /** The place that the other servers give to a stream which is here. */
  elsewhere(epoch: number): Extract<StreamPlace, { at: 'elsewhere' }>;
  /** Says where the stream is, and waits until viewers are told so. */
  place(stream: string, place: StreamPlace): Promise<void>;
  /** Puts `clip` into the spool as that segment and announces it. */
  close(stream: string, epoch: number, number: number, clip: Buffer, more?: SegmentExtra): Promise<string>;
}

interface SegmentExtra {
  readonly discontinuity?: boolean;
  readonly durationMs?: number;
}

/** More than a test's owner counts, so that the next one goes on above. */
const COUNT_OF_EPOCH = 100;

export async function startTestMedia(name: string, options: Partial<MediaOptions> = {}): Promise<TestMedia> {
  const folder = await tempFolder();
  const remarks: string[] = [];
  const crashes: string[] = [];
  const last = new Map<string, LiveSegment>();
  const starting = startMedia({
    server: name,
    address: '127.0.0.1',
    port: 0,
    spool: join(folder.path, 'live'),
    live: { segmentMs: 1000, window: 6, lowLatency: false },
    viewAuth: false,
    onStart: () => {},
    ...{ trustedProxies: [], play: { tokenKeys: [] }, herdPlayKey: 'herd' },
    onPreview: async () => new Uint8Array(),
    onRemark: (why) => remarks.push(why),
    onCrash: (why) => crashes.push(why),
    ...options,
  });
  const host = await starting.catch(async (error: unknown) => {
    await folder[Symbol.asyncDispose]();
    throw error;
  });
  const url = `http://127.0.0.1:${host.port}`;
  return {
    name,
    host,
    url,
    dataDir: folder.path,
    remarks,
    crashes,
    elsewhere: (epoch) => ({ at: 'elsewhere', server: name, publicUrl: url, peerUrl: url, epoch }),
    place: (stream, place) => {
      host.setStream(stream, place);
      return host.settled();
    },
    close: async (stream, epoch, number, clip, { discontinuity = false, durationMs = 1000 } = {}) => {
      const parsed = parseStreamName(stream);
      if (parsed === undefined) throw new Error(`${stream} is no stream name`);
      const file = join(liveFolder(join(folder.path, 'live'), parsed), segmentName({ epoch, number }));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, clip);
      const startMs = 1_700_000_000_000 + number * 1000;
      const segment = { stream, epoch, number, discontinuity, startMs, durationMs, bytes: clip.length, file };
      const live = follow(last.get(stream), segment, epoch * COUNT_OF_EPOCH);
      if (live === undefined) throw new Error(`${segmentName(segment)} does not come after the last one`);
      last.set(stream, live);
      host.addSegment(live);
      await host.settled();
      return file;
    },
    [Symbol.asyncDispose]: async () => {
      await host.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The media playlist at `url`, which must be answered 200. */
export async function readList(url: string): Promise<MediaPlaylist> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  const parsed = parseMediaPlaylist(await response.text());
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.playlist;
}

export function uris({ segments }: MediaPlaylist): string[] {
  return segments.map((segment) => segment.uri);
}
