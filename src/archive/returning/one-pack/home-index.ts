import type { Debt } from '../../debts/debt.ts';
import type { PackFacts } from '../../pack/day-summary.ts';
import { indexText } from '../../pack/index-text.ts';
import { factsOfContents } from '../../pack/pack-facts.ts';
import { parseIndex } from '../../pack/pack-index.ts';
import { isSamePack } from '../../pack/pack-name.ts';

export type HomeIndex =
  | {
      readonly ok: true;
      readonly text: string;
      readonly facts: PackFacts /** It was this server's already, and no line of it is damaged. */;
      readonly isAsWritten: boolean;
    }
  /** One sentence without a subject. */
  | { readonly ok: false; readonly why: string };

/**
 * The index of a pack as its home keeps it: what the holder's says of the recording, with this server as home.
 *
 * A line of it that is damaged is left out: the whole media is compared with its hash, and its segments are found without the line.
 */
export function homeIndex(holderIndex: string, debt: Debt, home: string): HomeIndex {
  const { header, gaps, entries, closing, isOfAnotherVersion, problems } = parseIndex(holderIndex);
  if (isOfAnotherVersion) return refused('it is of a version that this server does not understand');
  if (header === undefined || closing === undefined) return refused(`it is damaged: ${problems[0] ?? 'it has no end'}`);
  if (header.stream !== debt.stream || !isSamePack(header, debt)) {
    return refused('it is of another pack');
  }
  if (closing.sha256 !== debt.sha256 || closing.bytes !== debt.bytes)
    return refused('it names other bytes than the debt');
  if (entries.length === 0) return refused('it has no segment');
  let at = 0;
  for (const entry of entries) {
    if (entry.at < at || entry.at + entry.bytes > closing.bytes)
      return refused('its segments are not in the order of the media');
    at = entry.at + entry.bytes;
  }
  const mine = { header: { ...header, home }, gaps, entries, closing: { ...closing, home } };
  return {
    ok: true,
    isAsWritten: header.home === home && closing.home === home && problems.length === 0,
    text: indexText(mine.header, mine),
    facts: factsOfContents({ ...mine, mediaBytes: closing.bytes, foundInMedia: 0, isOurs: true }),
  };
}

/**
 * Whether the recording in the place of a debt is only the beginning of it, by the indexes of both. If a holder's disk hangs at the first segment of
 * a pack, that segment begins a pack of the same name on another disk. Where the shorter one has come home first, the longer one takes its place.
 */
export function isBeginning(homesIndex: string, holderIndex: string, { sha256: owed }: Pick<Debt, 'sha256'>): boolean {
  const [mine, theirs] = [parseIndex(homesIndex), parseIndex(holderIndex)];
  if (theirs.closing?.sha256 !== owed || mine.closing?.segments !== mine.entries.length) return false;
  return mine.entries.every(({ number, at, bytes, sha256 }, index) => {
    const same = theirs.entries[index];
    const isSamePlace = number === same?.number && at === same.at && bytes === same.bytes;
    return isSamePlace && sha256 !== undefined && sha256 === same.sha256;
  });
}

function refused(why: string): HomeIndex {
  return { ok: false, why };
}
