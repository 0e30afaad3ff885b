import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { freePorts } from '../../../src/demo/free-ports.ts';
import type { PeerFacts } from '../../../src/domain/peers/peer-facts.ts';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { clusterSignature } from '../../../src/host/cluster-signature.ts';
import { SIGNATURE_HEADER } from '../../../src/http/beats/beat-listener.ts';
import { answerCheck, CHECK_PATH, MAX_QUESTION_BYTES, questionText } from '../../../src/http/beats/peer-answer.ts';
import { type Asker, type CheckTarget, lookAtPeers } from '../../../src/http/beats/peer-check.ts';
import { SERVER_HEADER } from '../../../src/http/public/health.ts';
import { KEY, openBeats, post, rawServer } from '../../support/beats.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/beats/peer-check');

const FACTS: PeerFacts = {
  ...{ version: '1.0.0', segmentMs: 2000, window: 6, lowLatency: true },
  ...{ times: DEFAULT_TIMES, folder: 'a-folder' },
};
const ASKER: Asker = { session: 'asker-1', clusterKey: KEY };

async function httpServer(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A public port whose `/livez` says that it is `name`. */
const livez = (name: string | undefined, status = 200) =>
  httpServer((_request, response) => {
    response.writeHead(status, name === undefined ? {} : { [SERVER_HEADER]: name }).end('{"live":true}');
  });

async function lookOf(target: Partial<CheckTarget>, asker = ASKER, timeoutMs = 2000) {
  const whole = { server: 's2', session: 'to-1', peerUrl: 'http://127.0.0.1:1', ...target };
  const [look] = await lookAtPeers([whole], asker, timeoutMs);
  if (look === undefined) throw new Error('nothing was looked at');
  return look;
}

/** A beats port that answers as `answer` says. */
const beatsPort = (
  answer: (question: string, request: IncomingMessage) => { status: number; head?: object; body?: string },
) =>
  httpServer(async (request, response) => {
    const { status, head = {}, body = '' } = answer(await textOf(request), request);
    response.writeHead(status, { ...head }).end(body);
  });

/** What a server with the key would answer, a little changed. */
function answering(change: (answer: Record<string, unknown>) => object, { session = 'asker-1', key = KEY } = {}) {
  return beatsPort((text, request) => {
    const signature = String(request.headers[SIGNATURE_HEADER]);
    const settings = { server: 's2', clusterKey: KEY, facts: FACTS };
    const { body = '' } = answerCheck({ text, signature }, ['to-1'], settings, Date.now());
    const changed = JSON.stringify(change(JSON.parse(body)));
    return {
      status: 200,
      head: { [SIGNATURE_HEADER]: clusterSignature('answer', key, session, changed) },
      body: changed,
    };
  });
}

test('a server that is as its record says: its URL is right, its clock agrees, its settings are known', async () => {
  await using web = await livez('s2');
  await using beats = await openBeats({ server: 's2', facts: FACTS });
  beats.listen('to-1', () => {});
  const look = await lookOf({ peerUrl: web.url, beatUrl: beats.beatUrl });
  assert.is(look.urlProblem, undefined);
  if (look.beats.outcome !== 'answered') throw new Error(JSON.stringify(look.beats));
  assert.equal(look.beats.facts, FACTS);
  assert.ok(Math.abs(look.beats.offsetMs) < 1000, `${look.beats.offsetMs}`);
});

test('a URL that is dead, that leads to another server, or to no server of a herd', async () => {
  await using other = await livez('s3');
  await using older = await livez(undefined);
  await using stuck = await livez('s2', 503);
  await using stranger = await livez(undefined, 404);
  const [port] = await freePorts(1);
  assert.match(
    (await lookOf({ peerUrl: `http://127.0.0.1:${port}` })).urlProblem ?? '',
    /^its peer_url http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/,
  );
  assert.is((await lookOf({ peerUrl: other.url })).urlProblem, `its peer_url ${other.url} leads to s3`);
  assert.is((await lookOf({ peerUrl: older.url })).urlProblem, undefined, 'a version that does not say its name');
  assert.is((await lookOf({ peerUrl: stuck.url })).urlProblem, undefined, 'the URL is right, whatever else is wrong');
  assert.is(
    (await lookOf({ peerUrl: stranger.url })).urlProblem,
    `its peer_url ${stranger.url} answers /livez with 404`,
  );
});

test('ports that take the connection and say nothing delay the check only up to its limit', async () => {
  await using hung = await rawServer(() => {});
  const { urlProblem, beats } = await lookOf({ peerUrl: hung.url, beatUrl: hung.url }, ASKER, 200);
  assert.match(urlProblem ?? '', /no answer within 0\.2 s \(does a firewall drop it\?\)$/);
  assert.match(beats.outcome === 'unreachable' ? beats.why : '', /^its beats port .* no answer within 0\.2 s/);
});

test('many targets are checked, some at once, and each gets its own result', async () => {
  let now = 0;
  let most = 0;
  await using web = await httpServer((_request, response) => {
    now += 1;
    most = Math.max(most, now);
    setImmediate(() => {
      now -= 1;
      response.writeHead(200, { [SERVER_HEADER]: 's1' }).end();
    });
  });
  const targets = Array.from({ length: 20 }, (_, index) => ({ server: `s${index}`, session: 'x', peerUrl: web.url }));
  const looks = await lookAtPeers(targets, ASKER);
  assert.is(looks.length, 20);
  assert.ok(most <= 4, `${most} at once`);
  assert.equal(
    looks.filter(({ urlProblem }) => urlProblem === undefined).map(({ server }) => server),
    ['s1'],
  );
});

test('another key, another session: refused; no session: nothing is known', async () => {
  await using beats = await openBeats({ server: 's2', facts: FACTS });
  const beatsLook = async (asker: Asker, session = 'to-1') =>
    (await lookOf({ beatUrl: beats.beatUrl, session }, asker)).beats;
  assert.equal(await beatsLook(ASKER), { outcome: 'unknown' });
  beats.listen('to-1', () => {});
  assert.equal(await beatsLook({ ...ASKER, clusterKey: 'another key' }), { outcome: 'refused' });
  assert.equal(await beatsLook(ASKER, 'to-2'), { outcome: 'refused' });
  assert.equal((await lookOf({}, ASKER)).beats, { outcome: 'keyless' });
  assert.equal((await lookOf({ beatUrl: beats.beatUrl }, { session: 'asker-1' })).beats, { outcome: 'unknown' });
});

test('a port of another program, and a server of a version before this check', async () => {
  await using page = await beatsPort(() => ({ status: 200, body: '<h1>It works!</h1>' }));
  await using refuses = await beatsPort(() => ({ status: 403, body: 'forbidden' }));
  await using missing = await beatsPort(() => ({ status: 404, body: 'not found' }));
  await using older = await beatsPort(() => ({ status: 404 }));
  await using endless = await beatsPort(() => ({ status: 200, body: 'x'.repeat(100_000) }));
  const looks = await Promise.all(
    [page, refuses, missing, endless].map(async ({ url }) => (await lookOf({ beatUrl: url })).beats),
  );
  const whys = looks.map((beats) =>
    beats.outcome === 'unreachable' ? beats.why.replace(/^.*:\d+ /, '') : beats.outcome,
  );
  assert.equal(whys, [
    'is answered by something else (status 200)',
    'is answered by something else (status 403)',
    'is answered by something else (status 404)',
    'cannot be reached: its answer is longer than 8192 bytes',
  ]);
  assert.equal((await lookOf({ beatUrl: older.url })).beats, { outcome: 'unknown' });
});

test('an answer to another question does not count: recorded earlier, for another session, of another server, with another key', async () => {
  let recorded: { head: object; body: string } | undefined;
  await using replaying = await beatsPort((text, request) => {
    const signature = String(request.headers[SIGNATURE_HEADER]);
    const settings = { server: 's2', clusterKey: KEY, facts: FACTS };
    const answer = answerCheck({ text, signature }, ['to-1'], settings, Date.now());
    recorded ??= { head: { [SIGNATURE_HEADER]: answer.signature ?? '' }, body: answer.body ?? '' };
    return { status: 200, ...recorded };
  });
  assert.is((await lookOf({ beatUrl: replaying.url })).beats.outcome, 'answered');
  const second = (await lookOf({ beatUrl: replaying.url })).beats;
  assert.match(second.outcome === 'unreachable' ? second.why : '', 'gives an answer to another question');

  await using forOthers = await answering((answer) => answer, { session: 'asker-2' });
  await using otherKey = await answering((answer) => answer, { key: 'another key' });
  await using otherName = await answering((answer) => ({ ...answer, server: 's3' }));
  await using rubbish = await answering(() => ({}));
  await using untouched = await answering((answer) => ({ ...answer, v: 2, fromTheFuture: true }));
  const outcomes = [forOthers, otherKey, otherName, rubbish].map(async ({ url }) => {
    return (await lookOf({ beatUrl: url })).beats.outcome;
  });
  assert.equal(new Set(await Promise.all(outcomes)), new Set(['unreachable']));
  assert.is((await lookOf({ beatUrl: untouched.url })).beats.outcome, 'answered', 'unknown fields are tolerated');
});

test('a clock that is an hour ahead is measured, without the time of the way there and back', async () => {
  await using beats = await answering((answer) => ({ ...answer, atMs: Number(answer.atMs) + 3_600_000 }));
  const look = (await lookOf({ beatUrl: beats.url })).beats;
  if (look.outcome !== 'answered') throw new Error(look.outcome);
  assert.ok(Math.abs(look.offsetMs - 3_600_000) <= look.rttMs / 2 + 2, `${look.offsetMs}, ${look.rttMs}`);
});

test('requests of strangers to the beats port are refused before they cost anything; a good question is answered after them', async () => {
  await using beats = await openBeats({ server: 's2', facts: FACTS });
  beats.listen('to-1', () => {});
  const question = questionText({ session: 'asker-1', nonce: 'n1' });
  const sign = (text: string, purpose: 'question' | 'beat' = 'question') =>
    clusterSignature(purpose, KEY, 'to-1', text);
  const ask = (text: string, signature: string) => post(beats, text, { path: CHECK_PATH, signature });
  assert.is(await ask(question, ''), 403);
  assert.is(await ask(question, 'f'.repeat(64)), 403);
  assert.is(await ask(question, sign(question, 'beat')), 403, 'what was signed as a beat is no question');
  assert.is(await post(beats, question, { signature: sign(question) }), 403, 'and the other way round');
  for (const text of ['{', '7', '{"v":1}', '{"v":1,"session":"x","nonce":"a b"}'])
    assert.is(await ask(text, sign(text)), 400);
  const long = ' '.repeat(MAX_QUESTION_BYTES + 1);
  assert.ok([413, 'ECONNRESET', 'EPIPE'].includes(await ask(long, sign(long))));
  assert.is(await ask(question, sign(question)), 200);
});

test.run();
