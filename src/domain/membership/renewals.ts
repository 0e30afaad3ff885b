/** A write of the own key that was sent. */
export interface Renewal {
  /** `renewal` of the record that it writes. */
  readonly number: number;
  /** The revision that it replaces. */
  readonly expected: number;
  /** When it was sent, on the owner's clock. */
  readonly sentMs: number;
  /** The sessions that its record names. */
  readonly peers: readonly string[];
}

/** A renewal that is known to have landed. */
export interface AcknowledgedRenewal {
  readonly revision: number;
  readonly sentMs: number;
  readonly peers: readonly string[];
}

/** Unanswered renewals that are kept apart; older ones are kept as one. */
export const MAX_UNANSWERED_RENEWALS = 32;

/** Unanswered renewals too many to keep apart: what they could have recorded, taken together. */
interface Crowd {
  readonly expected: number;
  readonly peers: readonly string[];
  readonly fewest: number;
}

/**
 * What the session can know of its own key. The record in the bucket is the last acknowledged renewal, or a later one whose
 * answer is missing: it may have landed, or may land later. So it is not known which peers the record names, but it is always one of
 * these renewals, and standing needs no more than that.
 */
export class Renewals {
  #acknowledged: AcknowledgedRenewal | undefined;
  #unanswered: Renewal[] = [];
  #crowd: Crowd | undefined;
  #required: readonly string[] | undefined;
  #joinedRevision = 0;

  /** The first revision of the own key that is known to have landed; 0: none yet. */
  get joinedRevision(): number {
    return this.#joinedRevision;
  }

  get acknowledged(): AcknowledgedRenewal | undefined {
    return this.#acknowledged;
  }

  get unanswered(): readonly Renewal[] {
    return this.#unanswered;
  }

  sent(renewal: Renewal): void {
    this.#unanswered.push(renewal);
    if (this.#unanswered.length > MAX_UNANSWERED_RENEWALS) this.#crowdOldest();
    this.#required = undefined;
  }

  /** The bus says that the renewal was not written: another write changed the key first. */
  refused(number: number): void {
    this.#unanswered = this.#unanswered.filter((it) => it.number !== number);
    this.#required = undefined;
  }

  /**
   * The record of renewal `number` stands, or stood, at `revision`: acknowledged, read back or seen by the watch. Every
   * renewal that would have replaced an earlier revision can no longer land.
   */
  landed(number: number, revision: number, peers: readonly string[]): void {
    if (this.#acknowledged !== undefined && revision <= this.#acknowledged.revision) return;
    const renewal = this.#unanswered.find((it) => it.number === number);
    // One of the renewals that are kept as one: the time of its sending is forgotten, so it gives no more time than the last known one.
    const sentMs = renewal?.sentMs ?? this.#acknowledged?.sentMs ?? Number.NEGATIVE_INFINITY;
    this.#acknowledged = { revision, sentMs, peers };
    if (this.#joinedRevision === 0) this.#joinedRevision = revision;
    this.#unanswered = this.#unanswered.filter((it) => it.expected >= revision);
    if (this.#crowd !== undefined && this.#crowd.expected < revision) this.#crowd = undefined;
    this.#required = undefined;
  }

  /**
   * The **required set**: every session that the record in the bucket may name. It shrinks only when an acknowledged renewal has
   * recorded the smaller set, because an evictor counts the sessions that the record names, whatever this one believes of them.
   */
  get required(): readonly string[] {
    if (this.#required === undefined) {
      const lists = [
        this.#acknowledged?.peers ?? [],
        this.#crowd?.peers ?? [],
        ...this.#unanswered.map((it) => it.peers),
      ];
      this.#required = [...new Set(lists.flat())];
    }
    return this.#required;
  }

  /** The fewest sessions that the record in the bucket may name. */
  get fewestPeers(): number {
    return Math.min(
      this.#acknowledged?.peers.length ?? 0,
      this.#crowd?.fewest ?? Number.POSITIVE_INFINITY,
      ...this.#unanswered.map((it) => it.peers.length),
    );
  }

  #crowdOldest(): void {
    const oldest = this.#unanswered.shift();
    if (oldest === undefined) return;
    this.#crowd = {
      expected: Math.max(this.#crowd?.expected ?? 0, oldest.expected),
      peers: [...new Set([...(this.#crowd?.peers ?? []), ...oldest.peers])],
      fewest: Math.min(this.#crowd?.fewest ?? oldest.peers.length, oldest.peers.length),
    };
  }
}
