import { randomUUID } from 'node:crypto';
import type {
  CameraFinder,
  CameraHost,
  CameraLogin,
  CameraProfiles,
  CameraQuery,
  CameraSearch,
  FoundCamera,
} from '../domain/cameras/camera.ts';
import { inUrl } from '../domain/cameras/camera-host.ts';
import { Gate } from '../domain/gate.ts';
import { Answers } from './answers.ts';
import { profilesOf } from './camera-profiles.ts';
import { CameraError, Conversation } from './conversation.ts';
import { TIME_QUESTION } from './media.ts';
import { PROBES_A_ROUND, probes } from './probe.ts';
import { DISCOVERY, type DiscoveryPlace, probe } from './probing.ts';

const WITHIN_MS = 5000;
const ALTOGETHER_MS = 30_000;
const ASKED_AT_ONCE = 4;
const MAX_WAITING = 32;
/** Found by the last searches. */
const MAX_KNOWN = 2000;
/** Where ONVIF says that every device answers. */
const DEVICE_PATH = '/onvif/device_service';

export interface CamerasOptions {
  readonly place?: DiscoveryPlace;
  readonly withinMs?: number;
  readonly altogetherMs?: number;
}

/** Looks for cameras, one search at a time, and asks only those that a search has found. */
export class Cameras implements CameraFinder {
  readonly #place: DiscoveryPlace;
  readonly #limits: { readonly withinMs: number; readonly altogetherMs: number };
  readonly #searches = new Gate({ places: 1, maxWaiting: 0 });
  readonly #asking = new Gate({ places: ASKED_AT_ONCE, maxWaiting: MAX_WAITING });
  readonly #known = new Set<string>();

  constructor({ place = DISCOVERY, withinMs = WITHIN_MS, altogetherMs = ALTOGETHER_MS }: CamerasOptions = {}) {
    this.#place = place;
    this.#limits = { withinMs, altogetherMs };
  }

  search(query: CameraQuery, signal: AbortSignal, onBegin?: () => void): Promise<CameraSearch> {
    return this.#searches.run(() => {
      onBegin?.();
      return this.#search(query, signal);
    }, signal);
  }

  async profiles(
    url: string,
    login: CameraLogin | undefined,
    signal: AbortSignal,
    onBegin?: () => void,
  ): Promise<CameraProfiles | undefined> {
    if (!this.#known.has(url)) return undefined;
    return this.#asking.run(() => {
      onBegin?.();
      return profilesOf(new URL(url), login, { ...this.#limits, signal });
    }, signal);
  }

  async #search({ seconds, from, hosts }: CameraQuery, signal: AbortSignal): Promise<CameraSearch> {
    const ids = Array.from({ length: PROBES_A_ROUND }, () => `urn:uuid:${randomUUID()}`);
    const answers = new Answers(ids);
    const waitMs = seconds * 1000;
    const [{ remarks, isAsked }, silent] = await Promise.all([
      probe({
        ...{ place: this.#place, from, hosts, questions: probes(ids), waitMs, signal },
        onAnswer: (datagram, sender) => {
          // A question to one host is answered by that host.
          if (hosts.length > 0 && !hosts.some(({ address }) => address === sender)) return false;
          answers.take(datagram, sender);
          return answers.isFull || (hosts.length > 0 && hosts.every(({ address }) => answers.has(address)));
        },
      }),
      this.#devicesAt(hosts, waitMs, signal),
    ]);
    const cameras = together(answers.cameras, silent, hosts);
    const missing = hosts.filter(({ address }) => !cameras.some((camera) => camera.address === address));
    for (const { url } of cameras) if (url !== undefined) this.#remember(url);
    return {
      cameras,
      remarks: [
        ...remarks,
        ...answers.remarks,
        ...missing.map(({ address }) => `${address} does not answer as a camera.`),
      ],
      isAsked: isAsked || silent.length > 0,
    };
  }

  /** Many networks carry no questions by UDP to other networks, and some cameras answer none: they are asked what time it is. */
  async #devicesAt(hosts: readonly CameraHost[], waitMs: number, signal: AbortSignal): Promise<readonly FoundCamera[]> {
    const withinMs = Math.min(waitMs, this.#limits.withinMs);
    const found = hosts.map(async ({ address, port }): Promise<readonly FoundCamera[]> => {
      const url = `http://${inUrl(address)}${port === undefined || port === 80 ? '' : `:${port}`}${DEVICE_PATH}`;
      if (!(await isDevice(new URL(url), withinMs, signal))) return [];
      const remark = 'It answers no probe: it is asked at the address that every ONVIF device has.';
      return [{ ...{ address, url, name: '', maker: '', hardware: '', location: '' }, remark }];
    });
    return (await Promise.all(found)).flat();
  }

  #remember(url: string): void {
    this.#known.delete(url);
    this.#known.add(url);
    const [oldest] = this.#known;
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

/**
 * What answered a probe, and what answered at an address that was named. One camera may have done both. Behind a router with
 * a port for each, many have one address, and one of them may have answered the probe with an address within.
 */
function together(
  probed: readonly FoundCamera[],
  silent: readonly FoundCamera[],
  hosts: readonly CameraHost[],
): readonly FoundCamera[] {
  const others = silent.filter(({ url, address }) => {
    const isNamedWithPort = hosts.some((host) => host.address === address && host.port !== undefined);
    return !probed.some(
      (each) => each.url === url || (!isNamedWithPort && each.url !== undefined && each.address === address),
    );
  });
  const isOfNoUse = ({ url, address }: FoundCamera) =>
    url === undefined && others.some((other) => other.address === address);
  return [...probed.filter((each) => !isOfNoUse(each)), ...others];
}

/** Whether it speaks SOAP there: it says what time it is, or refuses to. */
async function isDevice(url: URL, withinMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await new Conversation({ login: undefined, withinMs, signal }).ask(url, TIME_QUESTION, { isOpen: true });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof CameraError && error.failure.kind === 'refused';
  }
}
