import { randomBytes } from 'node:crypto';
import type { CameraFailure, CameraLogin } from '../domain/cameras/camera.ts';
import { type DigestChallenge, digestHeader, readChallenge } from './http-digest.ts';
import { envelope, readSoap } from './soap.ts';
import { callCamera, type SoapReply } from './soap-call.ts';
import type { XmlElement } from './xml.ts';

/** A camera did not give an answer that is of use. */
export class CameraError extends Error {
  override readonly name = 'CameraError';
  readonly failure: CameraFailure;

  constructor(failure: CameraFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface ConversationOptions {
  readonly login: CameraLogin | undefined;
  /** Of one question. */
  readonly withinMs: number;
  /** Of all of them. */
  readonly signal: AbortSignal;
}

/** Questions to one camera, one after the other, with the login in both ways that cameras read. */
export class Conversation {
  readonly #options: ConversationOptions;
  #clockAheadMs = 0;
  #challenge: DigestChallenge | undefined;
  #count = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** The camera's clock shows this now. */
  setClock(cameraMs: number): void {
    this.#clockAheadMs = cameraMs - Date.now();
  }

  /** The body of the answer. @throws CameraError, and the signal's reason. */
  async ask(url: URL, body: string, { isOpen = false } = {}): Promise<XmlElement> {
    const login = isOpen ? undefined : this.#options.login;
    let reply = await this.#post(url, body, login);
    if (reply.ok && reply.status === 401 && login !== undefined) {
      const challenge = readChallenge(reply.challenge);
      // The same question may be asked again with a fresh nonce: the old one is over.
      if (challenge !== undefined && challenge.nonce !== this.#challenge?.nonce) {
        this.#challenge = challenge;
        this.#count = 0;
        reply = await this.#post(url, body, login);
      }
    }
    const answer = reply.ok ? readSoap(reply.text, reply.status) : reply;
    if (!answer.ok) throw new CameraError(answer.failure);
    return answer.body;
  }

  #post(url: URL, body: string, login: CameraLogin | undefined): Promise<SoapReply> {
    const { withinMs, signal } = this.#options;
    const text = envelope(body, login, Date.now() + this.#clockAheadMs);
    return callCamera({ url, text, authorization: login && this.#authorization(url, login), withinMs, signal });
  }

  #authorization(url: URL, login: CameraLogin): string | undefined {
    if (this.#challenge === undefined) return undefined;
    this.#count += 1;
    const cnonce = randomBytes(8).toString('hex');
    return digestHeader(this.#challenge, login, {
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      count: this.#count,
      cnonce,
    });
  }
}
