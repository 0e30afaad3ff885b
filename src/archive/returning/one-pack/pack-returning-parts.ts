import type { Clock } from '../../../host/clock.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { HeldPack } from '../../catalogue/stream-packs.ts';
import type { Debt } from '../../debts/debt.ts';
import type { ReceiptAnswer } from '../../debts/receipt.ts';
import type { ReturnPeers } from '../../debts/return-peers.ts';
import type { ArchiveDisk } from '../../disk/archive-disk.ts';
import type { ArchiveRoots } from '../../disk/archive-roots.ts';
import type { ReadPace } from '../../pack/media-reader.ts';
import type { WantedRoom } from '../../retention/retention-plan.ts';

export interface PackReturningParts {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  /** This server: the home. */
  readonly server: string;
  readonly catalogue: Pick<Catalogue, 'placeOf' | 'packs'>;
  readonly roots: Pick<ArchiveRoots, 'online' | 'choose' | 'problem' | 'problemOf'>;
  readonly peers: Pick<ReturnPeers, 'index' | 'media'>;
  /** For bytes that come from another server. */
  fetchPace(signal: AbortSignal): ReadPace;
  /** For bytes that are read from this server's own disks. */
  readPace(signal: AbortSignal): ReadPace;
  /** @returns why there is no room, a clause; `undefined`: there is. */
  makeRoom(wanted: WantedRoom & { readonly root: string }): Promise<string | undefined>;
  /** Why the pack may be on a root that cannot be read now, a clause; `undefined`: it is on none. */
  whyMaybeAway(): string | undefined;
  onStored(root: string, bytes: number): void;
  /** A file is written that is to go again: renamed, or removed. */
  onPart?(path: string, stream: string): void;
  /** It lies in its place, whole. */
  onWhole(stream: string, pack: HeldPack): Promise<void>;
}

export interface ReturningPack {
  readonly from: string;
  readonly debt: Debt;
  /** Tells the holder. `null`: this server was asked again, and has not got it. */
  confirm(sha256: string | null): Promise<ReceiptAnswer>;
  /**
   * It is about to lie in its place here, or does, while its holder has no receipt: that is noted, and survives an end at any moment. Absent: it
   * was this server's own already. Rejects with the disk's error.
   */
  noteUnconfirmed?(): Promise<void>;
  /** Why it belongs to another server by now: nothing of it is to stay here. `undefined`: it does not. Absent: it never does. */
  whyElsewhere?(): string | undefined;
}
