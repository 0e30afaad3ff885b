import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { CameraHost } from '../domain/cameras/camera.ts';
import { codeOf, connectionReason, systemReason } from '../domain/system-error.ts';

/** Where cameras listen for the questions of WS-Discovery. */
export interface DiscoveryPlace {
  readonly group: string;
  readonly port: number;
}
export const DISCOVERY: DiscoveryPlace = { group: '239.255.255.250', port: 3702 };

/** A question may be lost: it is asked at these times. A camera answers the same question once. */
const ASKED_AT_MS = [0, 300, 1000] as const;
const MAX_INTERFACES = 32;
/** A recorder answers for each of its cameras. */
const SETTLED_MS = 300;

export interface Probing {
  readonly place: DiscoveryPlace;
  readonly from: string | undefined;
  readonly hosts: readonly CameraHost[];
  readonly questions: readonly string[];
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** True: all that were asked have answered. */
  onAnswer(datagram: Uint8Array, sender: string): boolean;
}

export interface Probed {
  /** What could not be asked, a sentence each. */
  readonly remarks: readonly string[];
  readonly isAsked: boolean;
}

/** A socket, and whom it asks. */
interface Way {
  readonly type: 'udp4' | 'udp6';
  /** The address that it is asked from. */
  readonly from: string;
  readonly to: readonly string[];
  readonly isMulticast: boolean;
}

/** Asks, and hears answers until the time is over, or all that were asked have answered. Rejects with the signal's reason. */
export async function probe(probing: Probing): Promise<Probed> {
  const { signal, waitMs } = probing;
  const enough = new AbortController();
  using run = new ProbeRun(probing, enough);
  const over = AbortSignal.any([signal, enough.signal]);
  const waited = pause(waitMs, undefined, { signal: over }).catch(() => undefined);
  const asked = waysOf(probing).map((way) => run.ask(way, over));
  await Promise.race([waited, Promise.all(asked).then(() => waited)]);
  signal.throwIfAborted();
  return run.probed;
}

class ProbeRun implements Disposable {
  readonly #probing: Probing;
  readonly #enough: AbortController;
  readonly #sockets: Socket[] = [];
  readonly #remarks = new Set<string>();
  #isAsked = false;
  #settling: NodeJS.Timeout | undefined;

  constructor(probing: Probing, enough: AbortController) {
    this.#probing = probing;
    this.#enough = enough;
  }

  get probed(): Probed {
    return { remarks: [...this.#remarks], isAsked: this.#isAsked };
  }

  /** Until `over`. */
  async ask(way: Way, over: AbortSignal): Promise<void> {
    const socket = await this.#open(way);
    for (const [index, atMs] of ASKED_AT_MS.entries()) {
      const isOver = await pause(atMs - (ASKED_AT_MS[index - 1] ?? 0), false, { signal: over }).catch(() => true);
      if (socket === undefined || isOver) return;
      for (const to of way.to) {
        for (const question of this.#probing.questions) {
          socket.send(question, this.#probing.place.port, to, (error) => {
            if (error) this.#failed(way, to, error);
            else this.#isAsked = true;
          });
        }
      }
    }
  }

  async #open(way: Way): Promise<Socket | undefined> {
    const socket = createSocket(way.type);
    this.#sockets.push(socket);
    try {
      socket.bind(0, way.from);
      await once(socket, 'listening');
      if (way.isMulticast) socket.setMulticastInterface(way.from);
    } catch (error) {
      this.#failed(way, way.to.join(', '), error);
      return undefined;
    }
    socket.on('error', (error) => this.#failed(way, way.to.join(', '), error));
    socket.on('message', (datagram, { address }) => {
      const isEnough = this.#probing.onAnswer(datagram, address);
      if (isEnough) this.#settling ??= setTimeout(() => this.#enough.abort(), SETTLED_MS);
    });
    return socket;
  }

  #failed({ from }: Way, to: string, error: unknown): void {
    const why = connectionReason(codeOf(error)) ?? systemReason(error);
    this.#remarks.add(`${to} could not be asked from ${from}: ${why}.`);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#settling);
    this.#enough.abort();
    for (const socket of this.#sockets) socket.close();
  }
}

function waysOf({ place, from, hosts }: Pick<Probing, 'place' | 'from' | 'hosts'>): readonly Way[] {
  if (hosts.length === 0) {
    const all = from === undefined ? addressesOfInterfaces() : [from];
    return all.map((address) => ({ type: 'udp4', from: address, to: [place.group], isMulticast: true }));
  }
  const addresses = [...new Set(hosts.map(({ address }) => address))];
  const [six, four] = [addresses.filter((each) => each.includes(':')), addresses.filter((each) => !each.includes(':'))];
  const ways: readonly Way[] = [
    { type: 'udp4', from: from ?? '0.0.0.0', to: four, isMulticast: false },
    { type: 'udp6', from: '::', to: six, isMulticast: false },
  ];
  return ways.filter(({ to }) => to.length > 0);
}

function addressesOfInterfaces(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
    .slice(0, MAX_INTERFACES);
}
