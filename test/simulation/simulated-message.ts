import type { Msg, MsgHdrs } from 'nats';

interface Parts {
  readonly headers?: MsgHdrs;
  readonly reply?: string;
}

/** A NATS message of the simulation. Its text is not made into bytes, which hardly anything asks for. */
export class SimulatedMessage implements Msg {
  readonly sid = 0;
  readonly subject: string;
  readonly headers?: MsgHdrs;
  readonly reply?: string;
  readonly #text: string;

  constructor(subject: string, text: string, { headers, reply }: Parts = {}) {
    this.subject = subject;
    this.#text = text;
    if (headers !== undefined) this.headers = headers;
    if (reply !== undefined) this.reply = reply;
  }

  get data(): Uint8Array {
    return Buffer.from(this.#text);
  }

  string(): string {
    return this.#text;
  }

  json<T>(): T {
    return JSON.parse(this.#text) as T;
  }

  respond(): never {
    throw new Error('in the simulation nothing is answered through a message');
  }
}
