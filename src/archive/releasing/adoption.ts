import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import { destinationOf } from '../debts/destination.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { mustBeMounted } from '../disk/root-identity.ts';
import { SUMMARY_FILE, summaryLine } from '../pack/day-summary.ts';
import { indexText } from '../pack/index-text.ts';
import type { ReadPace } from '../pack/media-reader.ts';
import { dayFolder } from '../pack/pack-name.ts';
import { indexPath, type PackPlace } from '../pack/pack-reading.ts';
import { closedIndex } from './closed-index.ts';
import type { ReleasingOptions } from './releasing-options.ts';

export interface NewHome {
  readonly disk: ArchiveDisk;
  readonly catalogue: Catalogue;
  /** This one. */
  readonly server: string;
  /** The pack's, from now on. */
  readonly home: string;
  readonly stream: string;
  readonly pack: HeldPack;
  readonly place: PackPlace;
  readonly pace: ReadPace;
}

/**
 * A closed pack that is here gets another home: its index says so from now on, whole and synced. If this ends before the summary has its line,
 * a pack that was adopted is adopted once more.
 */
export async function noteHome(given: NewHome): Promise<void> {
  const { disk, catalogue, server, home, stream, pack, place, pace } = given;
  await mustBeMounted(disk, pack.root, server);
  const { header, gaps, entries, closing } = await closedIndex(disk, place, pack, pace);
  const noted = { gaps, entries, closing: { ...closing, home } };
  await disk.replace(indexPath(place, pack), indexText({ ...header, home }, noted));
  const held = { ...pack, home, sha256: home === server ? undefined : closing.sha256 };
  await disk.append(`${place.folder}/${dayFolder(pack.startMs)}/${SUMMARY_FILE}`, summaryLine(held));
  catalogue.put(stream, held);
}

/** Between two rounds. */
const MAX_ADOPTED = 200;

/** The packs that belong to this server now: by their definition, or since their home is gone. */
export function adoptable(
  { catalogue, server, herd }: Pick<ReleasingOptions, 'catalogue' | 'server' | 'herd'>,
  isKnown: (stream: string, pack: HeldPack) => boolean,
): readonly { readonly stream: string; readonly pack: HeldPack }[] {
  const found: { stream: string; pack: HeldPack }[] = [];
  for (const stream of catalogue.ofOthers.streams) {
    const captureAt = herd.captureAtOf(stream);
    for (const pack of catalogue.ofOthers.packs(stream)) {
      if (pack.why === undefined || catalogue.isAway(stream, pack)) continue;
      const destination = destinationOf(server, pack.home, captureAt);
      const isOwn = destination === server || herd.goneWhy(destination) !== undefined;
      if (isOwn && !isKnown(stream, pack)) found.push({ stream, pack });
      if (found.length >= MAX_ADOPTED) return found;
    }
  }
  return found;
}
