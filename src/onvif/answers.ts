import type { FoundCamera } from '../domain/cameras/camera.ts';
import { readAnswer } from './probe.ts';

export interface AnswerLimits {
  readonly cameras: number;
  /** Datagrams that are read at all, and of one sender: a camera answers each question on each interface. */
  readonly answers: number;
  readonly answersOfOne: number;
  /** Of a datagram. */
  readonly bytes: number;
}

export const ANSWER_LIMITS: AnswerLimits = { cameras: 500, answers: 4000, answersOfOne: 8, bytes: 16 * 1024 };

/** The cameras of all answers to one search, each once. What comes is from strangers, and only so much of it is read. */
export class Answers {
  readonly #ids: ReadonlySet<string>;
  readonly #limits: AnswerLimits;
  readonly #counts = new Map<string, number>();
  readonly #cameras = new Map<string, FoundCamera>();
  #read = 0;
  #isCut = false;

  /** `ids`: of the questions. */
  constructor(ids: Iterable<string>, limits: AnswerLimits = ANSWER_LIMITS) {
    this.#ids = new Set(ids);
    this.#limits = limits;
  }

  /** No more is read. */
  get isFull(): boolean {
    return this.#read >= this.#limits.answers || this.#isCut;
  }

  take(datagram: Uint8Array, sender: string): void {
    const count = this.#counts.get(sender) ?? 0;
    if (this.isFull || count >= this.#limits.answersOfOne || datagram.length > this.#limits.bytes) return;
    this.#counts.set(sender, count + 1);
    this.#read += 1;
    for (const camera of readAnswer(new TextDecoder().decode(datagram), sender, this.#ids)) this.#add(camera);
  }

  has(address: string): boolean {
    return this.cameras.some((camera) => camera.address === address);
  }

  get cameras(): readonly FoundCamera[] {
    return [...this.#cameras.values()];
  }

  get remarks(): readonly string[] {
    if (!this.isFull) return [];
    return [
      `More answered than is read (${this.#limits.cameras} cameras, ${this.#limits.answers} answers): the rest is left out.`,
    ];
  }

  #add(camera: FoundCamera): void {
    const key = camera.url ?? camera.address;
    if (this.#cameras.has(key)) return;
    if (this.#cameras.size >= this.#limits.cameras) this.#isCut = true;
    else this.#cameras.set(key, camera);
  }
}
