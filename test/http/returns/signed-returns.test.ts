import { readFile, rm, truncate } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import type { Debt } from '../../../src/archive/debts/debt.ts';
import { SourceGone } from '../../../src/archive/debts/return-peers.ts';
import {
  MAX_RETURN_BODY_BYTES,
  RETURN_PATH,
  RETURN_SIGNATURE_HEADER,
  returnTarget,
  type SignedParts,
  signedText,
} from '../../../src/archive/peers/return-request.ts';
import { clusterSignature } from '../../../src/host/cluster-signature.ts';
import {
  emptyFile,
  homeOf,
  KEY,
  type ReturnHolder,
  SESSION,
  startHolder,
} from '../../support/archive/return-server.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/returns/signed-returns');

const NEVER = new AbortController().signal;
const MIB = 1024 * 1024;

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

async function debtsOf(holder: ReturnHolder): Promise<readonly Debt[]> {
  using home = homeOf(holder.media.url);
  return (await home.debts('s01', undefined, NEVER)).debts;
}

async function firstDebt(holder: ReturnHolder): Promise<Debt> {
  const [debt] = await debtsOf(holder);
  if (debt === undefined) throw new Error('nothing is owed');
  return debt;
}

/** A request as a server sends it, with parts that are not what was signed. */
async function ask(
  { media }: ReturnHolder,
  signed: SignedParts,
  sent: Partial<SignedParts & { signature: string; session: string; key: string }> = {},
): Promise<number> {
  const { method, target, range, body } = { ...signed, ...sent };
  const signature =
    sent.signature ?? clusterSignature('return', sent.key ?? KEY, sent.session ?? SESSION, signedText(signed));
  const response = await fetch(`${media.url}${target}`, {
    method,
    headers: { [RETURN_SIGNATURE_HEADER]: signature, ...(range !== undefined && { Range: range }) },
    ...(method === 'POST' && { body }),
  });
  await response.arrayBuffer();
  return response.status;
}

test('a home reads what it is owed, and each byte of it, and says that it has it', async () => {
  await using holder = await startHolder();
  using home = homeOf(holder.media.url);
  const list = await home.debts('s01', undefined, NEVER);
  assert.equal([list.server, list.session, list.debts.length], ['s01', SESSION, 2]);
  const [debt] = list.debts;
  if (debt === undefined) throw new Error('nothing is owed');
  const found = holder.holder.desk.packFile(debt);
  const { file = '' } = (await found) ?? {};
  const bytes = await readFile(file);
  assert.is(bytes.length, debt.bytes);
  const all = { fromByte: 0, untilByte: debt.bytes };
  assert.ok((await whole(home.media('s01', debt, all, NEVER))).equals(bytes));
  const part = { fromByte: 1000, untilByte: 1001 };
  assert.equal(await whole(home.media('s01', debt, part, NEVER)), bytes.subarray(1000, 1001));
  assert.is(await home.index('s01', debt, NEVER), String(await readFile(file.replace(/ts$/, 'm3u8'))));
  const { stream, epoch, firstNumber, startMs, question, sha256 } = debt;
  const receipt = { stream, epoch, firstNumber, startMs, question, sha256, home: 's02', session: 'n2' };
  assert.equal(await home.receipt('s01', receipt, NEVER), { ok: true });
  assert.is((await home.receipt('s01', { ...receipt, question: 'another' }, NEVER)).ok, false);
  const after = await home.debts('s01', undefined, NEVER);
  assert.equal([after.debts.length, after.resting.packs], [1, 1]);
});

test('a home that has the list of its debts already is told so, until something has changed', async () => {
  await using holder = await startHolder();
  using home = homeOf(holder.media.url);
  const list = await home.debts('s01', undefined, NEVER);
  assert.is(await home.debts('s01', undefined, NEVER), list, 'nothing came anew');
  const [debt] = list.debts;
  if (debt === undefined) throw new Error('nothing is owed');
  const { stream, epoch, firstNumber, startMs, question, sha256 } = debt;
  const receipt = { stream, epoch, firstNumber, startMs, question, sha256, home: 's02', session: 'n2' };
  await home.receipt('s01', receipt, NEVER);
  const after = await home.debts('s01', undefined, NEVER);
  assert.equal([after.debts.length, after.resting.packs], [1, 1]);
  assert.is(await home.debts('s01', undefined, NEVER), after);
});

test('a pack that is not there is told as gone, and nothing else is', async () => {
  await using holder = await startHolder({ packs: 1 });
  using home = homeOf(holder.media.url);
  const debt = await firstDebt(holder);
  const other = { ...debt, epoch: debt.epoch + 1 };
  const isGone = async (answer: Promise<unknown>) =>
    answer.then(
      () => false,
      (error: unknown) => error instanceof SourceGone,
    );
  assert.ok(await isGone(home.index('s01', other, NEVER)));
  assert.ok(await isGone(whole(home.media('s01', other, { fromByte: 0, untilByte: 10 }, NEVER))));
  holder.instead.packFile = () => {
    throw new Error('the disk hangs');
  };
  assert.not.ok(await isGone(whole(home.media('s01', debt, { fromByte: 0, untilByte: 10 }, NEVER))));
  const beyond = { fromByte: debt.bytes, untilByte: debt.bytes + 10 };
  delete holder.instead.packFile;
  assert.not.ok(await isGone(whole(home.media('s01', debt, beyond, NEVER))));
});

test('nothing is answered without the signature of this very request, for this session, by this key', async () => {
  await using holder = await startHolder({ packs: 1 });
  const debt = await firstDebt(holder);
  const media = { method: 'GET', target: returnTarget({ ask: 'media', pack: debt }), range: 'bytes=0-9', body: '' };
  const receipt = { method: 'POST', target: `${RETURN_PATH}receipt`, body: JSON.stringify({ stream: 'cam01' }) };
  const before = holder.asked.length;
  const wrong: readonly (readonly [what: string, status: Promise<number>])[] = [
    ['no signature', ask(holder, media, { signature: '' })],
    ['no signature at all', fetch(`${holder.media.url}${media.target}`).then(({ status }) => status)],
    ['no hexadecimal', ask(holder, media, { signature: 'g'.repeat(64) })],
    ['another key', ask(holder, media, { key: 'another' })],
    ['another session', ask(holder, media, { session: 'n0' })],
    ['another range', ask(holder, media, { range: 'bytes=0-99' })],
    ['another pack', ask(holder, media, { target: media.target.replace('cam01', 'cam02') })],
    ['another question', ask(holder, media, { target: media.target.replace('media', 'index') })],
    ['another body', ask(holder, receipt, { body: '{}' })],
    ['a body that was not signed', ask(holder, { ...receipt, body: '' }, { body: receipt.body })],
  ];
  const statuses = await Promise.all(wrong.map(([, status]) => status));
  for (const [index, [what]] of wrong.entries()) assert.is(statuses[index], 403, what);
  assert.is(holder.asked.length, before, 'the archive was not asked');
  assert.is(await ask(holder, media), 206);
});

test('a server without a key, or that has not joined, answers no request', async () => {
  await using holder = await startHolder({ packs: 1 });
  const target = returnTarget({ ask: 'debts', home: 's02' });
  holder.media.host.setServers([]);
  await holder.media.host.settled();
  assert.is(await ask(holder, { method: 'GET', target, body: '' }), 503);
  await using open = await startHolder({ packs: 1, clusterKey: '' });
  assert.is(await ask(open, { method: 'GET', target, body: '' }), 403);
});

test('what is no request of a return gets its own answer', async () => {
  await using holder = await startHolder({ packs: 1 });
  const { target, ...get } = { method: 'GET', target: returnTarget({ ask: 'debts', home: 's02' }), body: '' };
  const debt = await firstDebt(holder);
  const media = returnTarget({ ask: 'media', pack: debt });
  assert.is(await ask(holder, { ...get, target: `${RETURN_PATH}debts` }), 404, 'of no home');
  assert.is(await ask(holder, { ...get, target: `${RETURN_PATH}all` }), 404);
  assert.is(await ask(holder, { ...get, target: media.replace(/pack=.*/, 'pack=..%2Fx') }), 404);
  assert.is(await ask(holder, { ...get, target, method: 'POST' }), 405);
  assert.is(await ask(holder, { ...get, target: `${RETURN_PATH}receipt` }), 405);
  assert.is(await ask(holder, { ...get, target: media }), 416, 'without a range');
  assert.is(await ask(holder, { ...get, target: media, range: 'bytes=9999999999-' }), 416);
  const post = { method: 'POST', target: `${RETURN_PATH}receipt` };
  for (const body of ['', 'no JSON', '{}', '[]', JSON.stringify({ ...debt, home: 's02' })]) {
    assert.is(await ask(holder, { ...post, body }), 400, body);
  }
  assert.is(await ask(holder, { ...post, body: 'x'.repeat(MAX_RETURN_BODY_BYTES + 1) }), 413);
});

test('a file that is removed while it is sent is sent to its end; one that is shorter than it was breaks the connection', async () => {
  await using holder = await startHolder({ packs: 1 });
  using home = homeOf(holder.media.url);
  const debt = await firstDebt(holder);
  const file = await emptyFile(holder.folder, 64 * MIB);
  const bytes = 64 * MIB;
  holder.instead.packFile = () => ({ root: holder.folder, file, bytes });
  const pieces = home.media('s01', debt, { fromByte: 0, untilByte: bytes }, NEVER);
  let came = 0;
  for await (const piece of pieces) {
    if (came === 0) await rm(file);
    came += piece.length;
  }
  assert.is(came, bytes);
  await truncate(await emptyFile(holder.folder, bytes), bytes / 2);
  const short = await whole(home.media('s01', debt, { fromByte: 0, untilByte: bytes }, NEVER)).catch(String);
  assert.match(String(short), 's01');
});

test('servers that take nothing, and strangers with many connections, leave enough for viewers and other homes', async () => {
  await using holder = await startHolder({ packs: 1 });
  const debt = await firstDebt(holder);
  const bytes = 256 * MIB;
  const file = await emptyFile(holder.folder, bytes);
  holder.instead.packFile = () => ({ root: holder.folder, file, bytes });
  const target = returnTarget({ ask: 'media', pack: debt });
  const range = `bytes=0-${bytes - 1}`;
  const signature = clusterSignature('return', KEY, SESSION, signedText({ method: 'GET', target, range, body: '' }));
  const heads = new Map<Socket, string>();
  const begin = (signed: string) => {
    const socket = connect(holder.media.host.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.once('data', (data) => {
      heads.set(socket, String(data.subarray(9, 12)));
      // From now on nothing is taken.
      socket.pause();
    });
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: s01\r\nRange: ${range}\r\n${RETURN_SIGNATURE_HEADER}: ${signed}\r\n\r\n`,
    );
    return socket;
  };
  const sockets = Array.from({ length: 400 }, (_, index) => begin(index % 2 === 0 ? signature : 'a'.repeat(64)));
  using _ended = {
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
  const count = (status: string) => [...heads.values()].filter((each) => each === status).length;
  await eventually('each has its answer', () => heads.size === 400);
  assert.equal([count('403'), count('206') + count('503')], [200, 200]);
  assert.equal(count('206'), 16, 'as many as one address may have');
  const beganMs = performance.now();
  assert.is((await fetch(`${holder.media.url}/livez`)).status, 200);
  assert.ok(performance.now() - beganMs < 2000, 'a viewer is answered at once');
  for (const socket of sockets) socket.destroy();
  using home = homeOf(holder.media.url);
  await eventually('their places are free', () => {
    const first = home.media('s01', debt, { fromByte: 0, untilByte: 10 }, NEVER).next();
    return first.then(
      () => true,
      () => false,
    );
  });
});

test.run();
