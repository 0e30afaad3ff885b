import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { DiskReads } from '../disk/archive-disk.ts';
import type { ReadPace } from '../pack/media-reader.ts';
import { packKey } from '../pack/pack-name.ts';
import { closedIndex, closingOf } from './closed-index.ts';

export interface MediaHashesOptions {
  readonly disk: DiskReads;
  readonly catalogue: Catalogue;
  readonly pace: ReadPace;
  /** So many are remembered. */
  readonly most?: number;
}

/** A month of some streams: 250 bytes each. */
const MOST = 50_000;

/** The hashes of the media of closed packs, as they were closed. Those that the summary of the day does not say are read when they are asked for. */
export class MediaHashes {
  readonly #options: MediaHashesOptions;
  readonly #most: number;
  readonly #known = new Map<string, { readonly bytes: number; readonly sha256: string }>();

  constructor(options: MediaHashesOptions) {
    this.#options = options;
    this.#most = options.most ?? MOST;
  }

  /** `undefined`: a disk has to be asked. */
  known(stream: string, pack: HeldPack): string | undefined {
    if (pack.sha256 !== undefined) return pack.sha256;
    const known = this.#known.get(packKey(pack.root, stream, pack));
    return known?.bytes === pack.bytes ? known.sha256 : undefined;
  }

  /** SHA-256 in hexadecimal. @throws Error of the disk */
  async of(stream: string, pack: HeldPack): Promise<string> {
    const known = this.known(stream, pack);
    if (known !== undefined) return known;
    const sha256 = await this.#read(stream, pack);
    const key = packKey(pack.root, stream, pack);
    this.#known.delete(key);
    this.#known.set(key, { bytes: pack.bytes, sha256 });
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#most && oldest !== undefined) this.#known.delete(oldest);
    return sha256;
  }

  async #read(stream: string, pack: HeldPack): Promise<string> {
    const { disk, catalogue, pace } = this.#options;
    const place = catalogue.placeOf(stream, pack.root);
    if (place === undefined) throw new Error(`${stream} is not the name of a stream`);
    const closing = await closingOf(disk, place, pack);
    return closing?.sha256 ?? (await closedIndex(disk, place, pack, pace)).closing.sha256;
  }
}
