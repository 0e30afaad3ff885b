import type { Random } from '../support/random.ts';
import type { HeapClock } from './heap-clock.ts';

/**
 * What can be cut, one way each. `core`: messages between two servers over the bus, for NATS nodes that have lost a route
 * between them; it need not be transitive. `direct`: a connection between two servers around the bus.
 * `owners of`: a server cannot write to the bucket `owners`, as with rights that were set wrong.
 * `beats port`: no host can open a connection to it; answers on connections that its server has opened come through.
 */
export type Cut =
  | 'the core'
  | 'jetstream'
  | `to the bus ${string}`
  | `from the bus ${string}`
  | `jetstream of ${string}`
  | `owners of ${string}`
  | `core ${string}>${string}`
  | `direct ${string}>${string}`
  | `beats port of ${string}`
  | `watch of ${string}`;

/** `loss`, `repeat`: share of the messages that get lost, and of those that come twice. */
export interface Weather {
  readonly loss: number;
  readonly repeat: number;
  readonly meanDelayMs: number;
}

const FAIR: Weather = { loss: 0.003, repeat: 0.003, meanDelayMs: 2 };

/** The network between the servers, and between them and the bus. Overlapping cuts count. */
export class Network {
  readonly #clock: HeapClock;
  readonly #random: Random;
  readonly #cuts = new Map<Cut, number>();
  #weather: Weather = FAIR;

  constructor(clock: HeapClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** From now on; without an argument, as usual. */
  weather(weather: Partial<Weather> = {}): void {
    this.#weather = { ...FAIR, ...weather };
  }

  cut(cut: Cut): void {
    this.#cuts.set(cut, (this.#cuts.get(cut) ?? 0) + 1);
  }

  heal(cut: Cut): void {
    const count = (this.#cuts.get(cut) ?? 0) - 1;
    if (count > 0) this.#cuts.set(cut, count);
    else this.#cuts.delete(cut);
  }

  isCut(cut: Cut): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(cut);
  }

  /** Whether a connection of `host` to its NATS node could be made, or lives. */
  hasBus(host: string): boolean {
    if (this.#cuts.size === 0) return true;
    if (this.isCut(`to the bus ${host}`) || this.isCut(`from the bus ${host}`)) return false;
    return !(this.isCut('the core') && this.isCut('jetstream'));
  }

  /** Whether no republished message comes to `host`, although its connection lives. */
  isDeaf(host: string): boolean {
    return this.#cuts.size > 0 && this.isCut(`watch of ${host}`);
  }

  /** A message of `host` to JetStream; whether an answer comes is another question. */
  toJetStream(host: string, deliver: () => void): void {
    if (!this.#reachesJetStream(host) || this.loses()) return;
    this.#clock.after(this.delay(), () => {
      if (!this.isCut('jetstream')) deliver();
    });
  }

  /** Messages on one way arrive in the order in which they were sent. A message that arrives twice arrives late the second time. */
  fromJetStream(host: string, way: { lastMs: number }, deliver: () => void): void {
    if (!this.hearsJetStream(host) || this.loses()) return;
    way.lastMs = Math.max(way.lastMs, this.#clock.nowMs + this.delay());
    this.#clock.at(way.lastMs, () => {
      if (this.hearsJetStream(host)) deliver();
    });
    if (this.#random.chance(this.#weather.repeat)) this.#clock.after(this.#random.between(0, 5000), deliver);
  }

  #reachesJetStream(host: string): boolean {
    if (this.#cuts.size === 0) return true;
    return !(this.isCut('jetstream') || this.isCut(`to the bus ${host}`) || this.isCut(`jetstream of ${host}`));
  }

  hearsJetStream(host: string): boolean {
    if (this.#cuts.size === 0) return true;
    return !(this.isCut('jetstream') || this.isCut(`from the bus ${host}`) || this.isCut(`jetstream of ${host}`));
  }

  /** One message from every publisher to one hearer of the core bus. */
  overBus(from: string, to: string, deliver: () => void): void {
    if (this.isCut('the core') || this.isCut(`to the bus ${from}`) || this.isCut(`from the bus ${to}`)) return;
    if (from !== to && this.isCut(`core ${from}>${to}`)) return;
    this.#carry(deliver);
  }

  /** A connection needs both directions: if one is cut, the message or its answer is lost. */
  direct(from: string, to: string, deliver: () => void): void {
    if (!this.isCut(`beats port of ${to}`)) this.answer(from, to, deliver);
  }

  /** An answer on a connection that `to` has opened. */
  answer(from: string, to: string, deliver: () => void): void {
    if (!this.isCut(`direct ${from}>${to}`)) this.#carry(deliver);
  }

  delay(): number {
    return this.#random.delay(this.#weather.meanDelayMs);
  }

  loses(): boolean {
    return this.#random.chance(this.#weather.loss);
  }

  #carry(deliver: () => void): void {
    if (this.loses()) return;
    this.#clock.after(this.delay(), deliver);
    if (this.#random.chance(this.#weather.repeat)) this.#clock.after(this.#random.between(0, 5000), deliver);
  }
}
