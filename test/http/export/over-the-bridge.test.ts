import { get } from 'node:http';
import * as assert from 'uvu/assert';
import { SHARES } from '../../../src/http/clients.ts';
import { TS_AT_ONCE } from '../../../src/http/export/exports.ts';
import { takenBody } from '../../../src/http/export/taken-body.ts';
import { CONTENT_TYPES } from '../../../src/http/reply.ts';
import { startTestApi } from '../../support/api-over-media.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/export/over-the-bridge', { deadlineMs: 40_000 });

const PIECE_BYTES = 256 * 1024;
/** What lies between an export and its client: pieces on the bridge, and the buffers of two sockets. */
const MOST_UNDER_WAY = 24 * 1024 * 1024;

test('an export is made only as fast as its client reads, and ends when the client leaves', async () => {
  const state = { made: 0, hasEnded: false };
  async function* endless(signal: AbortSignal) {
    try {
      while (!signal.aborted) {
        state.made += 1;
        yield new Uint8Array(PIECE_BYTES);
      }
    } finally {
      state.hasEnded = true;
    }
  }
  await using api = await startTestApi('s01', async (request) => {
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, request.signal]);
    return new Response(takenBody(endless(signal), { abort, release: () => undefined }), {
      headers: { 'Content-Type': 'video/mp2t' },
    });
  });
  const leaving = new AbortController();
  const { status, body } = await fetch(`${api.url}/cam01/archive-1795327200-60.ts`, { signal: leaving.signal });
  assert.is(status, 200);
  const reader = body?.getReader();
  await reader?.read();
  let before = 0;
  const standsStill = () => {
    const isSo = state.made === before;
    before = state.made;
    return isSo;
  };
  await eventually('no more is made', standsStill, { everyMs: 300 });
  assert.ok(state.made * PIECE_BYTES < MOST_UNDER_WAY, `${state.made} pieces`);
  let read = 0;
  while (read < 2 * MOST_UNDER_WAY) read += (await reader?.read())?.value?.length ?? 0;
  assert.ok(state.made > before, 'what is read makes room for more');
  leaving.abort();
  await eventually('it has ended', () => state.hasEnded);
});

/** Exports of this type that have begun, and send nothing. */
async function silentExports(type: string) {
  const api = await startTestApi('s01', async (request) => {
    const isExport = request.url.includes('archive-');
    const headers = { 'Content-Type': type, ...(isExport && { 'Content-Disposition': 'attachment' }) };
    return new Response(new ReadableStream(), { headers });
  });
  const statusFrom = (localAddress: string, leaf: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      get(`${api.url}/cam01/${leaf}`, { localAddress, agent: false }, ({ statusCode }) => resolve(statusCode)).on(
        'error',
        reject,
      );
    });
  return { statusFrom, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

test('a client has one MP4 made at a time, so that another client has one too; short pictures are not counted', async () => {
  await using exports = await silentExports('video/mp4');
  const { statusFrom } = exports;
  assert.is(await statusFrom('127.0.0.2', 'archive-1795327200-60.mp4'), 200);
  assert.is(await statusFrom('127.0.0.2', 'archive-1795327200-60.mp4'), 503);
  assert.is(await statusFrom('127.0.0.2', '1795327200-preview.mp4'), 200);
  assert.is(await statusFrom('127.0.0.3', 'archive-1795327200-60.mp4'), 200);
});

test('a client takes some of the exports of .ts and never all', async () => {
  await using exports = await silentExports('video/mp2t');
  const { statusFrom } = exports;
  const leaf = 'archive-1795327200-60.ts';
  for (let taken = 0; taken < SHARES.exports.each; taken += 1) assert.is(await statusFrom('127.0.0.2', leaf), 200);
  assert.is(await statusFrom('127.0.0.2', leaf), 503);
  assert.is(await statusFrom('127.0.0.3', leaf), 200);
  assert.ok(SHARES.exports.each < TS_AT_ONCE);
});

test('a client holds some answers with segments, which servers ask for, until it has taken them, and never all', async () => {
  for (const type of [CONTENT_TYPES.segments, CONTENT_TYPES.segmentsJson]) {
    await using answers = await silentExports(type);
    const { statusFrom } = answers;
    const leaf = 'archive-segments.json?from=0&to=9';
    for (let taken = 0; taken < SHARES.told.each; taken += 1) assert.is(await statusFrom('127.0.0.2', leaf), 200);
    assert.is(await statusFrom('127.0.0.2', leaf), 503);
    assert.is(await statusFrom('127.0.0.3', leaf), 200);
  }
});

test.run();
