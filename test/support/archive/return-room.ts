import { dirname } from 'node:path';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import type { HeldPack } from '../../../src/archive/catalogue/stream-packs.ts';
import type { Debt } from '../../../src/archive/debts/debt.ts';
import { type ReturnPeers, SourceGone } from '../../../src/archive/debts/return-peers.ts';
import { IDENTITY_FILE } from '../../../src/archive/disk/root-identity.ts';
import { parseIndex } from '../../../src/archive/pack/pack-index.ts';
import { indexPath, mediaPath, type PackPlace } from '../../../src/archive/pack/pack-reading.ts';
import { type PackReturnEnd, PackReturning } from '../../../src/archive/returning/one-pack/pack-returning.ts';
import { PROCESS_CLOCK } from '../../../src/host/clock.ts';
import { MemoryDisk } from './memory-disk.ts';
import { PLACE, testSegments, writePack } from './pack-fixture.ts';

export const HOME = 's02';
export const HOME_PLACE: PackPlace = { stream: PLACE.stream, folder: '/disk/cam01', server: HOME };

/** A pack as its holder has it and owes it. */
export interface OwedPack {
  readonly debt: Debt;
  readonly index: string;
  readonly media: Buffer;
}

export async function owedPack(segments = testSegments(6), more: Partial<Debt> = {}): Promise<OwedPack> {
  const disk = new MemoryDisk();
  await disk.makeFolder('/disk');
  const named = more.stream ?? PLACE.stream;
  const place = { ...PLACE, stream: named, folder: `/disk/${named}` };
  const { id } = await writePack(disk, segments, { place });
  const files = disk.contents();
  const index = String(files.get(indexPath(place, id)));
  const media = files.get(mediaPath(place, id)) ?? Buffer.alloc(0);
  const { closing, entries } = parseIndex(index);
  const last = entries.at(-1);
  if (closing === undefined || last === undefined) throw new Error('the pack is not closed');
  const { epoch, firstNumber, startMs, stream } = id;
  const endMs = last.startMs + last.durationMs;
  const { sha256 } = closing;
  const told = { stream, epoch, firstNumber, startMs, lastNumber: last.number, endMs, bytes: media.length, sha256 };
  return { debt: { ...told, question: 'q1', state: 'owed', kept: [], ...more }, index, media };
}

const IDENTITY = JSON.stringify({ v: 1, id: 'disk-of-s02', server: 's02' });

/** An empty root of the home, mounted. */
export async function homeDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  disk.tamper(`/disk/${IDENTITY_FILE}`, Buffer.from(IDENTITY));
  await disk.syncFolder('/disk');
  disk.writes = 0;
  return disk;
}

/** What the holder gives, and how it is spoilt on its way. */
export class HolderOfOne implements Pick<ReturnPeers, 'index' | 'media'> {
  readonly pack: OwedPack;
  isGone = false;
  /** What becomes of the chunk that begins at the byte. */
  onWire: (chunk: Buffer, at: number) => Buffer = (chunk) => chunk;
  /** After so many bytes of an answer it ends with an error. */
  breaksAfter = Number.POSITIVE_INFINITY;
  chunkBytes = 700;
  fetchedBytes = 0;

  constructor(pack: OwedPack) {
    this.pack = pack;
  }

  async index(): Promise<string> {
    if (this.isGone) throw new SourceGone('it does not owe it');
    return this.pack.index;
  }

  async *media(_server: string, _pack: object, { fromByte, untilByte }: { fromByte: number; untilByte: number }) {
    if (this.isGone) throw new SourceGone('it does not owe it');
    for (let at = fromByte; at < untilByte; at += this.chunkBytes) {
      if (at - fromByte >= this.breaksAfter) throw new Error('the connection ended');
      const chunk = this.pack.media.subarray(at, Math.min(untilByte, at + this.chunkBytes));
      this.fetchedBytes += chunk.length;
      yield this.onWire(Buffer.from(chunk), at);
    }
  }
}

export interface HomeOptions {
  readonly debt?: Debt;
  readonly signal?: AbortSignal;
  readonly makeRoom?: () => Promise<string | undefined>;
  readonly whyMaybeAway?: () => string | undefined;
  /** Before the receipt is taken. */
  readonly onReceipt?: (sha256: string | null) => void;
  readonly roots?: readonly string[];
}

export interface HomeEnd extends PackReturnEnd {
  readonly receipts: readonly (string | null)[];
  readonly whole: readonly HeldPack[];
}

/** One try to bring a pack home. */
export async function bringHome(disk: MemoryDisk, holder: HolderOfOne, options: HomeOptions = {}): Promise<HomeEnd> {
  const { roots = ['/disk'], debt = holder.pack.debt, signal = new AbortController().signal } = options;
  const { makeRoom = async () => undefined, whyMaybeAway = () => undefined, onReceipt = () => {} } = options;
  const receipts: (string | null)[] = [];
  const whole: HeldPack[] = [];
  const parts = {
    ...{ disk, clock: PROCESS_CLOCK, server: HOME, peers: holder, makeRoom, whyMaybeAway },
    catalogue: new Catalogue({ disk, server: HOME, onProblem: () => {} }),
    roots: { online: roots, choose: () => roots[0], problem: undefined, problemOf: () => undefined },
    fetchPace: () => async () => {},
    readPace: () => async () => {},
    onStored: () => {},
    onWhole: async (_stream: string, pack: HeldPack) => {
      whole.push(pack);
    },
  };
  const confirm = async (sha256: string | null) => {
    onReceipt(sha256);
    receipts.push(sha256);
    return { ok: true } as const;
  };
  const end = await new PackReturning(parts, { from: 's01', debt, confirm }, signal).run();
  return { ...end, receipts, whole };
}

/** Whether the pack lies there as its home has to have it. */
export function isWhole(disk: MemoryDisk, { debt, media }: OwedPack, folder = HOME_PLACE.folder): boolean {
  const place = { ...HOME_PLACE, folder };
  const files = disk.contents();
  const { header, closing } = parseIndex(String(files.get(indexPath(place, debt)) ?? ''));
  const isOfHome = header?.home === HOME && closing?.home === HOME && closing.sha256 === debt.sha256;
  return isOfHome && files.get(mediaPath(place, debt))?.equals(media) === true;
}

/** Names beside the pack. */
export function filesOf(disk: MemoryDisk, { debt }: OwedPack): readonly string[] {
  const hour = dirname(mediaPath(HOME_PLACE, debt));
  const paths = [...disk.contents().keys()].filter((path) => dirname(path) === hour);
  return paths.map((path) => path.slice(hour.length + 1).replace(/^[\d-]+/, '')).sort();
}
