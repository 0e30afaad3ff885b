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

function refused(why: string): HomeIndex {
  return { ok: false, why };
}
