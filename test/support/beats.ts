import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { encodeBeat } from '../../src/domain/beats/beat.ts';
import type { PeerFacts } from '../../src/domain/peers/peer-facts.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { clusterSignature } from '../../src/host/cluster-signature.ts';
import { BEAT_PATH, PASS_TO_HEADER, SIGNATURE_HEADER } from '../../src/http/beats/beat-listener.ts';
import { type BeatTarget, type DirectBeats, openDirectBeats } from '../../src/http/beats/direct-beats.ts';

export const KEY = 'key-of-a-test';
export const FACTS: PeerFacts = { version: '1.0.0', segmentMs: 2000, window: 6, times: DEFAULT_TIMES };
const NO_PEERS: readonly BeatTarget[] = [];
const ANYWHERE = { address: '127.0.0.1', port: 0 };

/** One end, and what it remarks. */
export async function openBeats({
  clusterKey = KEY,
  timeoutMs = 300,
  listen = ANYWHERE,
  orAnyPort = false,
  peers = NO_PEERS,
  server = 's02',
  facts = FACTS,
} = {}) {
  const remarks: string[] = [];
  const onRemark = (why: string) => void remarks.push(why);
  const peerUrl = 'http://127.0.0.1:8080/below';
  const direct = await openDirectBeats({ server, facts, clusterKey, listen, orAnyPort, peerUrl, timeoutMs, onRemark });
  direct.setPeers(peers);
  return Object.assign(direct, { remarks });
}

export function beat(sequence: number, session = 'from-1'): string {
  const nothing = { heard: new Map(), doubts: new Map(), deafTo: [], revisions: { servers: 1, owners: 2, streams: 3 } };
  return encodeBeat({ server: 's01', session, sequence, ...nothing });
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly signature?: string;
  readonly passTo?: string;
}

/** Posts by hand. The status, or what broke. */
export function post(
  end: DirectBeats,
  text: string,
  { method = 'POST', path = BEAT_PATH, signature, passTo }: Sent = {},
) {
  return new Promise<number | string>((resolve) => {
    const headers = {
      [SIGNATURE_HEADER]: signature ?? clusterSignature('beat', KEY, 'to-1', text),
      ...(passTo !== undefined && { [PASS_TO_HEADER]: passTo }),
    };
    const sent = request(new URL(path, end.beatUrl), { method, headers, agent: false });
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(text);
  });
}

/** A server that takes connections and does with them what the test says. */
export async function rawServer(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Everything that comes back until the connection is closed. */
export async function rawAnswer(end: DirectBeats, text: string): Promise<string> {
  const { hostname, port } = new URL(end.beatUrl);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString();
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
