import { Gate } from '../../domain/gate.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { ReadPace } from '../pack/media-reader.ts';
import type { PackPlace } from '../pack/pack-reading.ts';
import type { Tombstones } from '../tombstones/pack-tombstones.ts';
import { noteHome } from './adoption.ts';
import { erasePack } from './erasure.ts';
import type { PackReleasing, ReleaseWork } from './pack-releasing.ts';

export interface ReleaseWorkOptions {
  readonly disk: ArchiveDisk;
  readonly catalogue: Catalogue;
  readonly server: string;
  readonly tombstones: Tombstones;
  /** For packs whose index has lost its hash. */
  readonly pace: ReadPace;
}

/** On one root: what is recorded there comes in between. */
const AT_ONCE = 2;
const MAX_WAITING = 100_000;

/** What is done on the disks with packs that are released or adopted. */
export class DiskReleaseWork implements ReleaseWork {
  readonly #options: ReleaseWorkOptions;
  readonly #gates = new Map<string, Gate>();

  constructor(options: ReleaseWorkOptions) {
    this.#options = options;
  }

  async bury({ stream, pack, destination, sha256 }: PackReleasing): Promise<void> {
    const { root, epoch, firstNumber, startMs, lastNumber, endMs, bytes, keepMs } = pack;
    const id = { epoch, firstNumber, startMs };
    const buried = { ...id, stream, root, lastNumber, endMs, bytes, home: destination, sha256, keepMs };
    await this.#gateOf(root).run(() => this.#options.tombstones.bury(buried));
  }

  async erase({ stream, pack }: PackReleasing): Promise<void> {
    const { disk, catalogue } = this.#options;
    const { root } = pack;
    const place = this.#placeOf(stream, root);
    const onGone = () => catalogue.removed(stream, pack);
    await this.#gateOf(root).run(() => erasePack({ disk, root, place, pack, onGone }));
  }

  async adopt({ stream, pack }: PackReleasing): Promise<void> {
    const { disk, catalogue, server, pace } = this.#options;
    const place = this.#placeOf(stream, pack.root);
    await this.#gateOf(pack.root).run(() =>
      noteHome({ disk, catalogue, server, home: server, stream, pack, place, pace }),
    );
  }

  #placeOf(stream: string, root: string): PackPlace {
    const place = this.#options.catalogue.placeOf(stream, root);
    if (place === undefined) throw new Error(`${stream} is not the name of a stream`);
    return place;
  }

  #gateOf(root: string): Gate {
    const gate = this.#gates.get(root) ?? new Gate({ places: AT_ONCE, maxWaiting: MAX_WAITING });
    this.#gates.set(root, gate);
    return gate;
  }
}
