import type { Told } from '../../domain/herd-event.ts';
import type { PeerFacts } from '../../domain/peers/peer-facts.ts';
import { type Finding, type FindingChange, PeerFindings, type Verdict } from '../../domain/peers/peer-findings.ts';
import { type PeerLook, verdictsOf } from '../../domain/peers/peer-verdicts.ts';
import { type Clock, PROCESS_CLOCK } from '../../host/clock.ts';
import type { CheckTarget } from '../../http/beats/peer-check.ts';
import type { ServerSite } from './server-site.ts';

interface Deps {
  readonly server: string;
  readonly facts: PeerFacts;
  /** The other servers of the roster. */
  peers(): readonly CheckTarget[];
  look(peers: readonly CheckTarget[]): Promise<readonly PeerLook[]>;
  tell(told: Told): void;
  /** All that is wrong now. */
  show(findings: readonly Finding[]): void;
  readonly clock?: Clock;
}

const EVERY_MS = 30_000;
/** After a first bad look the next one comes this soon. */
const IN_DOUBT_MS = 5000;
/** Servers that are started together join one after the other. */
const AFTER_ROSTER_MS = 1000;
const NAMESAKE_MS = 60_000;

/**
 * The herd checks itself before a fault does harm: each server looks at every other one when the roster changes and every
 * 30 s, and tells what is wrong. No decision depends on it.
 */
export class SelfCheck implements Disposable {
  /** By how much the clock of each other server is ahead of this one's, as the last look found it. */
  clockOffsetsMs: ReadonlyMap<string, number> = new Map();
  readonly #deps: Deps;
  readonly #clock: Clock;
  readonly #findings = new PeerFindings();
  #timer: unknown;
  #dueMs = Number.POSITIVE_INFINITY;
  #namesake: unknown;
  #isLooking = false;
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? PROCESS_CLOCK;
  }

  /** Another server is on the roster, or one less. */
  rosterChanged(): void {
    if (!this.#isLooking && this.#dueMs - this.#clock.now() > AFTER_ROSTER_MS) this.#lookIn(AFTER_ROSTER_MS);
  }

  /** Another server wanted to join under this one's name, and was refused. */
  namesake({ host, dataDir }: ServerSite): void {
    const { server } = this.#deps;
    const about = { about: server, kind: 'server-name' } as const;
    this.#take([
      { ...about, why: `a second server of this name was refused: on host ${host}, data folder ${dataDir}` },
    ]);
    this.#clock.clearTimeout(this.#namesake);
    this.#namesake = this.#clock.setTimeout(() => this.#take([about]), NAMESAKE_MS);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#clock.clearTimeout(this.#timer);
    this.#clock.clearTimeout(this.#namesake);
  }

  #lookIn(waitMs: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#dueMs = this.#clock.now() + waitMs;
    this.#timer = this.#clock.setTimeout(() => void this.#look(), waitMs);
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const { server, facts, peers, look } = this.#deps;
    const asked = peers();
    const looks = await look(asked);
    this.#isLooking = false;
    if (this.#isClosed) return;
    const there = peers();
    // A missing answer of a session that has ended meanwhile says nothing about the next session.
    const isSame = (name: string) =>
      there.some((now) => now.server === name && asked.some((then) => then.session === now.session));
    const valid = looks.filter((each) => isSame(each.server));
    this.clockOffsetsMs = new Map(
      valid.flatMap(({ server: name, beats }) => (beats.outcome === 'answered' ? [[name, beats.offsetMs]] : [])),
    );
    this.#tell(this.#findings.keep((name) => name === server || there.some((peer) => peer.server === name)));
    this.#take(verdictsOf({ server, facts }, valid));
    this.#lookIn(valid.length < there.length ? AFTER_ROSTER_MS : this.#findings.isInDoubt ? IN_DOUBT_MS : EVERY_MS);
  }

  #take(verdicts: readonly Verdict[]): void {
    const date = new Date(this.#clock.unixMs()).toISOString();
    this.#tell(this.#findings.take(verdicts, { nowMs: this.#clock.now(), date }));
    this.#deps.show(this.#findings.findings);
  }

  #tell(changes: readonly FindingChange[]): void {
    for (const change of changes) {
      const { about, kind, why } = change.finding;
      const told = { detail: { problem: kind }, ...(about !== this.#deps.server && { subject: about }) };
      if (change.change === 'raised') this.#deps.tell({ kind: 'peer-problem', why, ...told });
      else this.#deps.tell({ kind: 'peer-well', why: `${change.why} (it was: ${why})`, ...told });
    }
  }
}
