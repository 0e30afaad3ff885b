import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HerdServer } from '../support/herd-server.ts';
import type { HostNetwork } from '../support/host-network.ts';
import type { Random } from '../support/random.ts';

export interface WireEnds {
  readonly network: HostNetwork;
  readonly from: HerdServer;
  readonly to: HerdServer;
}

/**
 * The HTTP of one server to another, as over a network that changes bytes unseen by the checksums of TCP. It says which it has changed. It goes by
 * the hub: neither server notices, but for connections that it had before and that break.
 */
export class FlippingWire implements AsyncDisposable {
  /** Requests of which a byte has become another one, on the way there or back. */
  readonly flipped: string[] = [];
  readonly #random: Random;
  readonly #to: { readonly host: string; readonly port: number };
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => response.destroy());
  });
  #isFlipped: (target: string) => boolean = () => false;
  #interception: AsyncDisposable | undefined;

  private constructor(random: Random, to: HerdServer) {
    this.#random = random;
    this.#to = { host: to.address, port: Number(new URL(to.url).port) };
  }

  static async between({ network, from, to }: WireEnds, random: Random): Promise<FlippingWire> {
    const wire = new FlippingWire(random, to);
    const { host, port } = wire.#to;
    wire.#interception = await network.intercept(from.name, to.name, port);
    try {
      await once(wire.#server.listen(port, host), 'listening');
    } catch (error) {
      await wire.#interception[Symbol.asyncDispose]();
      throw error;
    }
    return wire;
  }

  /** From now on: of each request or its answer that `isFlipped`. */
  flip(isFlipped: (target: string) => boolean): void {
    this.#isFlipped = isFlipped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#interception?.[Symbol.asyncDispose]();
    const closed = once(this.#server.close(), 'close');
    this.#server.closeAllConnections();
    await closed;
  }

  async #pass(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url: target = '', headers } = asked;
    const isFlipped = this.#isFlipped(target);
    const isAskedFlipped = isFlipped && method === 'POST' && this.#random.chance(0.5);
    const sent = httpRequest({ ...this.#to, method, path: target, headers, agent: false });
    const answering = once(sent, 'response');
    await Promise.all([answering, pipeline(asked, this.#changing(asked, isAskedFlipped), sent)]);
    // What `once` gives is what the event brings.
    const [answer] = (await answering) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, this.#changing(answer, isFlipped && !isAskedFlipped), response);
  }

  #changing({ headers, url }: IncomingMessage, isFlipped: boolean): Transform {
    const bytes = Number(headers['content-length'] ?? 0);
    const at = isFlipped && bytes > 0 ? this.#random.integer(0, bytes - 1) : undefined;
    let passed = 0;
    return new Transform({
      transform: (piece: Buffer, _encoding, done) => {
        if (at !== undefined && at >= passed && at < passed + piece.length) {
          piece.writeUInt8(piece.readUInt8(at - passed) ^ 1, at - passed);
          this.flipped.push(`byte ${at} of ${bytes} ${url ? `to ${url}` : 'of an answer'}`);
        }
        passed += piece.length;
        done(null, piece);
      },
    });
  }
}
