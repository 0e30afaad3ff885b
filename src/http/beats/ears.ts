import { decodeBeat } from '../../domain/beats/beat.ts';
import { isClusterSignature } from '../../host/cluster-signature.ts';

/** Senders whose last sequence is remembered. A herd has at most 100 sessions at once. */
const MAX_SENDERS = 512;

/** The last sequence of each sender. A beat that is not newer was heard already, or comes too late. */
export class Sequences {
  readonly #last = new Map<string, number>();

  /** True, and remembered, if `sequence` is higher than all that were taken of `sender`. */
  take(sender: string, sequence: number): boolean {
    if (sequence <= (this.#last.get(sender) ?? 0)) return false;
    // Set again at its end: the one that was silent longest is forgotten first.
    this.#last.delete(sender);
    this.#last.set(sender, sequence);
    if (this.#last.size > MAX_SENDERS) {
      for (const oldest of this.#last.keys()) {
        this.#last.delete(oldest);
        break;
      }
    }
    return true;
  }
}

/** A beat as it travels around the bus. */
export interface SignedBeat {
  readonly text: string;
  /** By the cluster key, for the session that the beat is for. */
  readonly signature: string;
}

/** A beat whose signature is right. */
export interface ReadBeat {
  /** The session that it is signed for. */
  readonly to: string;
  readonly from: string;
  readonly sequence: number;
  readonly text: string;
}

/** The sessions that hear direct beats, and what each has heard. */
export class Ears {
  readonly #clusterKey: string;
  readonly #heard = new Map<string, Sequences>();

  constructor(clusterKey: string) {
    this.#clusterKey = clusterKey;
  }

  open(session: string): void {
    this.#heard.set(session, new Sequences());
  }

  close(session: string): void {
    this.#heard.delete(session);
  }

  get isEmpty(): boolean {
    return this.#heard.size === 0;
  }

  get sessions(): Iterable<string> {
    return this.#heard.keys();
  }

  has(session: string): boolean {
    return this.#heard.has(session);
  }

  /** Nothing is parsed whose signature is wrong. */
  read({ text, signature }: SignedBeat): ReadBeat | 'no beat' | 'not signed for a session here' {
    for (const to of this.#heard.keys()) {
      if (isClusterSignature(signature, 'beat', this.#clusterKey, to, text)) return readBeat(to, text);
    }
    return 'not signed for a session here';
  }

  /** True, once, for a beat that is newer than all that were heard of its sender. */
  hear({ to, from, sequence }: ReadBeat): boolean {
    return this.#heard.get(to)?.take(from, sequence) ?? false;
  }
}

export function readBeat(to: string, text: string): ReadBeat | 'no beat' {
  const reading = decodeBeat(text);
  if ('problem' in reading) return 'no beat';
  const { session: from, sequence } = reading.beat;
  return { to, from, sequence, text };
}
