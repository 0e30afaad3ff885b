import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { Clients, SHARES } from '../../../src/http/clients.ts';
import type { LiveStream } from '../../../src/http/media/live-stream.ts';
import { answerIndex } from '../../../src/http/media/media-answers.ts';
import { MediaStreams } from '../../../src/http/media/media-streams.ts';
import { PeerPlaylists } from '../../../src/http/media/peer-playlist.ts';
import { HOLD_MS } from '../../../src/http/media/poll.ts';
import { Variants } from '../../../src/http/media/variants.ts';
import { PlayAccess } from '../../../src/http/play/play-access.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/media/held-index');
const CLIENT = '127.0.0.1';

/** A server that answers each request with the list of lists of a capture that has just begun. */
async function listsServed() {
  const streams = new MediaStreams('s1', { segmentMs: 2000, window: 6, lowLatency: false });
  streams.set('cam', { at: 'here', epoch: 1 }, 0);
  const stream = streams.named('cam') as LiveStream; // Set on the line above.
  const clients = new Clients([]);
  const ending = new AbortController();
  const parts = {
    ...{ streams, clients, variants: new Variants({ read: async () => undefined }) },
    play: new PlayAccess({ rules: { tokenKeys: [] }, server: 's1', herdKey: 'herd' }),
    context: { peers: new PeerPlaylists('s1', () => ({}), 'video.m3u8'), signal: ending.signal, remark: () => {} },
  };
  const server = createServer((request, response) => {
    void answerIndex({ stream, via: undefined }, request, response, parts);
  }).listen(0, CLIENT);
  await once(server, 'listening');
  const url = `http://${CLIENT}:${(server.address() as AddressInfo).port}/`; // It listens on a port.
  return {
    ...{ url, stream, clients, ending },
    [Symbol.asyncDispose]: async () => {
      // What is held for a client that left would wait for its time.
      ending.abort();
      stream.move(stream.place, 0);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** How many more polls this client may hold. */
function left(clients: Clients): number {
  const taken: (() => void)[] = [];
  for (let release = clients.take('polls', CLIENT); release; release = clients.take('polls', CLIENT))
    taken.push(release);
  for (const release of taken) release();
  return taken.length;
}

const segment = {
  ...{ stream: 'cam', epoch: 1, number: 100, discontinuity: false, discontinuities: 0 },
  ...{ startMs: 0, durationMs: 2000, bytes: 1000, file: '' },
};

test('a list of lists that waits for the first segment holds a place of its client, until it is answered', async () => {
  await using served = await listsServed();
  const { url, stream, clients } = served;
  const held = fetch(url);
  await eventually('it is held', () => left(clients) === SHARES.polls.each - 1);
  stream.add(segment, 0);
  assert.match(await (await held).text(), 'video.m3u8');
  await eventually('its place is given back', () => left(clients) === SHARES.polls.each);
});

test('a client that left gives its place back', async () => {
  await using served = await listsServed();
  const leaving = new AbortController();
  const asked = fetch(served.url, { signal: leaving.signal }).catch(() => 'left');
  await eventually('it is held', () => left(served.clients) === SHARES.polls.each - 1);
  leaving.abort();
  assert.is(await asked, 'left');
  await eventually('its place is given back', () => left(served.clients) === SHARES.polls.each);
});

test('a client that holds as many polls as it may is answered at once, and so is each while the server ends', async () => {
  await using full = await listsServed();
  for (let count = 0; count < SHARES.polls.each; count += 1) full.clients.take('polls', CLIENT);
  await isAnsweredAtOnce(full.url);
  await using ending = await listsServed();
  ending.ending.abort();
  await isAnsweredAtOnce(ending.url);
});

async function isAnsweredAtOnce(url: string): Promise<void> {
  const startMs = performance.now();
  assert.match(await (await fetch(url)).text(), 'video.m3u8');
  assert.ok(performance.now() - startMs < HOLD_MS, 'it was not held');
}

test.run();
