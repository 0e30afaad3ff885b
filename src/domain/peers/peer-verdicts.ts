import { printDurationMs } from '../text/units.ts';
import { TIME_WORDS, type Times } from '../times.ts';
import type { PeerFacts } from './peer-facts.ts';
import type { ProblemKind, Verdict } from './peer-findings.ts';

/** What one look at a peer has found. */
export interface PeerLook {
  readonly server: string;
  /** What is wrong with its `peer_url`, one sentence about "it"; absent: nothing. */
  readonly urlProblem?: string;
  readonly beats: BeatsLook;
}

export type BeatsLook =
  | { readonly outcome: 'answered'; readonly facts: PeerFacts; readonly offsetMs: number; readonly rttMs: number }
  /** It cannot be reached: one sentence about "it". */
  | { readonly outcome: 'unreachable'; readonly why: string }
  /** It takes the signature for wrong. */
  | { readonly outcome: 'refused' }
  /** It has no cluster key, while the server that asks has one. */
  | { readonly outcome: 'keyless' }
  /** Nothing can be said: an older version, a session that has just ended, no key to ask with. */
  | { readonly outcome: 'unknown' };

/** The server that looks. */
export interface Looker {
  readonly server: string;
  readonly facts: PeerFacts;
}

/**
 * What the looks of one round say of every server, the own one included. Where servers differ, the one that differs from most is
 * named: this one has to be changed. Between two servers, where it is unknown which is right, each names the other.
 */
export function verdictsOf(self: Looker, looks: readonly PeerLook[]): readonly Verdict[] {
  const answers = looks.flatMap(({ server, beats }) => (beats.outcome === 'answered' ? [{ server, ...beats }] : []));
  const known = [self, ...answers];
  return [
    ...looks.map(({ server, urlProblem }) => verdict(server, 'peer-url', urlProblem)),
    ...looks.flatMap(beatsVerdict),
    ...keyVerdicts(self.server, looks),
    ...clockVerdicts(self, answers),
    ...settingVerdicts(known, 'live', (facts) => liveWords(facts, known)),
    ...settingVerdicts(known, 'timing', (facts) => timingWords(facts, known)),
    ...settingVerdicts(known, 'version', ({ version }) => new Map([['version', version]])),
    ...folderVerdicts(known),
  ];
}

function verdict(about: string, kind: ProblemKind, why: string | undefined): Verdict {
  return { about, kind, ...(why !== undefined && { why }) };
}

function beatsVerdict({ server, beats }: PeerLook): readonly Verdict[] {
  if (beats.outcome === 'unknown' || beats.outcome === 'keyless') return [];
  return [verdict(server, 'beats', beats.outcome === 'unreachable' ? beats.why : undefined)];
}

function keyVerdicts(self: string, looks: readonly PeerLook[]): readonly Verdict[] {
  const refused = looks.filter(({ beats }) => beats.outcome === 'refused');
  const isOdd = refused.length > 1 && !looks.some(({ beats }) => beats.outcome === 'answered');
  const own = isOdd ? 'the other servers refuse what it signs: its cluster_key is another than theirs' : undefined;
  const others = looks.flatMap(({ server, beats: { outcome } }) => {
    if (outcome === 'keyless') return verdict(server, 'cluster-key', 'it has no cluster_key');
    if (outcome === 'answered' || (outcome === 'refused' && isOdd)) return verdict(server, 'cluster-key', undefined);
    const why = `it refuses what ${self} signs: the two do not have the same cluster_key`;
    return outcome === 'refused' ? verdict(server, 'cluster-key', why) : [];
  });
  return [verdict(self, 'cluster-key', own), ...others];
}

interface ClockReading {
  readonly server: string;
  /** Ahead of the clock of the server that looks. */
  readonly offsetMs: number;
  /** The offset may be off by so much. */
  readonly marginMs: number;
}

function clockVerdicts(
  { server, facts: { segmentMs } }: Looker,
  answers: readonly { readonly server: string; readonly offsetMs: number; readonly rttMs: number }[],
): readonly Verdict[] {
  const own: ClockReading = { server, offsetMs: 0, marginMs: 0 };
  const readings = [own, ...answers.map((answer) => ({ ...answer, marginMs: answer.rttMs / 2 }))];
  const usual = median(readings);
  return readings.map((reading) => {
    const offsetMs = reading.offsetMs - usual.offsetMs;
    if (Math.abs(offsetMs) - reading.marginMs - usual.marginMs <= segmentMs) {
      return verdict(reading.server, 'clock', undefined);
    }
    const off = `${(Math.abs(offsetMs) / 1000).toFixed(1)} s ${offsetMs > 0 ? 'ahead of' : 'behind'}`;
    const than = readings.length > 2 ? 'those of the other servers' : `that of ${usual.server}`;
    return verdict(reading.server, 'clock', `its clock is ${off} ${than}: let NTP set it`);
  });
}

/** Of the two in the middle of an even number, the one nearer to the own clock. */
function median(readings: readonly ClockReading[]): ClockReading {
  const sorted = [...readings].sort((a, b) => a.offsetMs - b.offsetMs);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) throw new Error('there is no median of nothing');
  return Math.abs(low.offsetMs) <= Math.abs(high.offsetMs) ? low : high;
}

type Words = ReadonlyMap<string, string>;

function liveWords({ segmentMs, window, lowLatency }: PeerFacts, all: readonly Looker[]): Words {
  const isShared = all.every(({ facts }) => facts.lowLatency !== undefined);
  return new Map([
    ['segment', printDurationMs(segmentMs)],
    ['window', String(window)],
    ...(isShared ? [['low_latency', lowLatency ? 'on' : 'off'] as const] : []),
  ]);
}

/** Of the times that all of them have: another version may know others. */
function timingWords({ times }: PeerFacts, all: readonly Looker[]): Words {
  const words = new Map<string, string>();
  for (const [key, word] of Object.entries(TIME_WORDS)) {
    // The keys of `TIME_WORDS` are those of `Times`.
    const valueMs = times[key as keyof Times];
    const isShared = all.every(({ facts }) => facts.times[key as keyof Times] !== undefined);
    if (valueMs !== undefined && isShared) words.set(word, printDurationMs(valueMs));
  }
  return words;
}

function settingVerdicts(
  known: readonly Looker[],
  kind: 'live' | 'timing' | 'version',
  wordsOf: (facts: PeerFacts) => Words,
): readonly Verdict[] {
  const settings = known.map(({ server, facts }) => ({ server, words: wordsOf(facts) }));
  const usual = mostCommon(settings);
  return settings.map(({ server, words }) => {
    const differing = [...words].filter(([word, value]) => usual.words.get(word) !== value);
    const mine = differing.map(([word, value]) => `${word} ${value}`).join(', ');
    const theirs = differing.map(([word]) => `${word} ${usual.words.get(word)}`).join(', ');
    return verdict(
      server,
      kind,
      differing.length === 0 ? undefined : `it has ${mine} where ${usual.server} has ${theirs}`,
    );
  });
}

/** The first is this server's own setting: it counts as right if no setting has more servers. */
function mostCommon<Setting extends { readonly words: Words }>(settings: readonly Setting[]): Setting {
  const textOf = ({ words }: Setting) => JSON.stringify([...words]);
  const countOf = (setting: Setting) => settings.filter((other) => textOf(other) === textOf(setting)).length;
  return settings.reduce((best, setting) => (countOf(setting) > countOf(best) ? setting : best));
}

function folderVerdicts(known: readonly Looker[]): readonly Verdict[] {
  return known.flatMap(({ server, facts: { folder } }) => {
    if (folder === undefined) return [];
    const same = known.filter((other) => other.server !== server && other.facts.folder === folder);
    const names = same.map((other) => other.server).join(', ');
    const why = `its data_dir is that of ${names}, or a copy of it with the file folder-id`;
    return verdict(server, 'data-dir', same.length === 0 ? undefined : why);
  });
}
