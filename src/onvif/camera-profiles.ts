import type { CameraFailure, CameraLogin, CameraProfile, CameraProfiles } from '../domain/cameras/camera.ts';
import { CameraError, Conversation } from './conversation.ts';
import {
  CAPABILITIES_QUESTION,
  cameraTimeMs,
  INFORMATION_QUESTION,
  MEDIA_SERVICES,
  makerOf,
  type Profile,
  profilesIn,
  SERVICES_QUESTION,
  servicesOf,
  streamUrlIn,
  TIME_QUESTION,
} from './media.ts';
import type { XmlElement } from './xml.ts';

const REFUSALS: readonly CameraFailure['kind'][] = ['refused', 'not-understood'];

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Of one question, and of all of them. */
  readonly withinMs: number;
  readonly altogetherMs: number;
}

/** Asks a camera for what it sends. Rejects with the signal's reason only. */
export async function profilesOf(
  device: URL,
  login: CameraLogin | undefined,
  { signal, withinMs, altogetherMs }: AskOptions,
): Promise<CameraProfiles> {
  const deadline = AbortSignal.timeout(altogetherMs);
  const conversation = new Conversation({ login, withinMs, signal: AbortSignal.any([signal, deadline]) });
  try {
    return await new Interview(device, conversation).result();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CameraError) return { ok: false, failure: error.failure };
    if (!deadline.aborted) throw error;
    const message = `the camera did not answer all questions within ${altogetherMs / 1000} s`;
    return { ok: false, failure: { kind: 'timeout', message } };
  }
}

class Interview {
  readonly #device: URL;
  readonly #conversation: Conversation;
  readonly #remarks: string[] = [];

  constructor(device: URL, conversation: Conversation) {
    this.#device = device;
    this.#conversation = conversation;
  }

  async result(): Promise<CameraProfiles> {
    const time = await this.#tried(TIME_QUESTION, { isOpen: true });
    const cameraMs = time && cameraTimeMs(time);
    if (cameraMs !== undefined) this.#conversation.setClock(cameraMs);
    const profiles = await this.#profiles();
    // Last: not every user may ask this, and a wrong password that is said twice may lock the user.
    const information = await this.#tried(INFORMATION_QUESTION);
    const about = information === undefined ? { maker: '', hardware: '' } : makerOf(information);
    return { ok: true, ...about, profiles, remarks: this.#remarks };
  }

  async #profiles(): Promise<readonly CameraProfile[]> {
    const services = await this.#services();
    let refusal: CameraError | undefined;
    for (const media of MEDIA_SERVICES) {
      const url = services.get(media.namespace);
      if (url === undefined) continue;
      try {
        const found = profilesIn(await this.#conversation.ask(url, media.profilesQuestion));
        if (found.length > 0) return await this.#withUrls(found, url, media.urlQuestion);
      } catch (error) {
        // A newer service that is not whole is no reason not to ask the older one.
        refusal = refusedOnly(error);
      }
    }
    if (refusal !== undefined) throw refusal;
    throw new CameraError({ kind: 'refused', message: 'the camera names no profile with a picture' });
  }

  async #services(): Promise<ReadonlyMap<string, URL>> {
    const listed = await this.#tried(SERVICES_QUESTION, { needsLogin: true });
    const found = listed && servicesOf(listed, this.#device);
    if (found !== undefined && MEDIA_SERVICES.some(({ namespace }) => found.has(namespace))) return found;
    return servicesOf(await this.#conversation.ask(this.#device, CAPABILITIES_QUESTION), this.#device);
  }

  async #withUrls(
    profiles: readonly Profile[],
    url: URL,
    question: (token: string) => string,
  ): Promise<readonly CameraProfile[]> {
    const whole: CameraProfile[] = [];
    for (const profile of profiles) {
      try {
        const stream = streamUrlIn(await this.#conversation.ask(url, question(profile.token)), this.#device);
        if (stream.ok) whole.push({ ...profile, url: stream.url });
        const remark = stream.ok ? stream.remark : stream.why;
        if (remark !== undefined) this.#remarks.push(`${profile.name || 'a profile'}: ${remark}`);
      } catch (error) {
        this.#remarks.push(`${profile.name || 'a profile'}: ${refusedOnly(error).message}`);
      }
    }
    return whole;
  }

  /** `undefined`: the camera does not answer this question, and can do without. */
  async #tried(question: string, { isOpen = false, needsLogin = false } = {}): Promise<XmlElement | undefined> {
    try {
      return await this.#conversation.ask(this.#device, question, { isOpen });
    } catch (error) {
      const isForbidden = error instanceof CameraError && error.failure.kind === 'login';
      if (!isForbidden || needsLogin) refusedOnly(error);
      return undefined;
    }
  }
}

/** @throws what is no refusal of one question: then no other question is answered either. */
function refusedOnly(error: unknown): CameraError {
  if (error instanceof CameraError && REFUSALS.includes(error.failure.kind)) return error;
  throw error;
}
