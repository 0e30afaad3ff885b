import * as assert from 'uvu/assert';
import type { z } from 'zod';
import * as answers from '../../../src/http/api/answers.ts';
import { createApi } from '../../../src/http/api/api.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/api/answers');

const POLICY = { users: [], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
/** The host's own operator. */
const LOCAL = { remoteAddress: '', isSecure: false, isLocal: true };
const SINCE = '2026-11-22T06:00:00.000Z';

/** A herd that has something to say in every member of its answers. */
async function talkativeApi() {
  const herd = memoryHerd();
  const api = createApi({ herd, policy: POLICY });
  const ask = async (target: string, init: RequestInit = {}) => {
    const response = await api.fetch(new Request(`http://s01:8080${target}`, init), LOCAL);
    return { status: response.status, text: await response.text() };
  };
  const body = '{"url": "test:", "title": "Gate"}';
  for (const name of ['cam', 'gap']) await ask(`/api/v1/streams/${name}`, { method: 'PUT', body });
  herd.statuses.set('cam', {
    ...{ title: 'Gate', captureAt: 's09', unknownHome: true, bitrateKbps: 1200.5, input: 1, inputs: 2 },
    ...{ error: 'refused', remark: 'no H.264', refused: 'expected a source URL' },
    urls: { hls: 'http://s01:8080/cam/index.m3u8', mpegts: 'http://s01:8080/cam/mpegts' },
  });
  herd.servers = herd.servers.map((server) => ({
    ...server,
    problems: [{ kind: 'clock', why: 'its clock is off', since: SINCE, by: ['s02'] }],
  }));
  herd.staleSince = SINCE;
  herd.happened({
    ...{ kind: 'operator-acted', stream: 'cam', subject: 's02', epoch: 7, by: 'admin (edit) from 10.0.0.9' },
    detail: { runs: 2, fast: true, of: 'ffmpeg' },
  });
  return { herd, ask };
}

/** Reading drops what a schema does not know, so nothing more and nothing less is answered than what is described. */
function holds(schema: z.ZodType, text: string): void {
  const answer: unknown = JSON.parse(text);
  assert.equal(schema.parse(answer), answer);
}

const dataOf = (text: string) => /^data: (.*)$/m.exec(text)?.[1] ?? '';

test('answers to reads are as the description says', async () => {
  const { ask } = await talkativeApi();
  holds(answers.streamsSchema, (await ask('/api/v1/streams')).text);
  holds(answers.streamsSchema, (await ask('/api/v1/streams?limit=1')).text);
  holds(answers.serversSchema, (await ask('/api/v1/servers')).text);
  holds(answers.whereSchema, (await ask('/api/v1/where/cam')).text);
  holds(answers.whatIfSchema, (await ask('/api/v1/what-if?without=s01')).text);
  const { definition, ...detail } = JSON.parse((await ask('/api/v1/streams/cam')).text);
  holds(answers.streamDetailSchema, JSON.stringify(detail));
  assert.is(answers.streamDefinitionSchema.parse(definition).title, 'Gate');
});

test('answers to changes are as the description says', async () => {
  const { ask } = await talkativeApi();
  const change = { method: 'PUT', body: '{"url": "test:"}' };
  holds(answers.streamChangeSchema, (await ask('/api/v1/streams/new', change)).text);
  holds(
    answers.streamChangeSchema,
    (await ask('/api/v1/streams/new/move', { method: 'POST', body: '{"server": "s02"}' })).text,
  );
  holds(answers.streamChangeSchema, (await ask('/api/v1/streams/new', { method: 'DELETE' })).text);
  holds(answers.serverChangeSchema, (await ask('/api/v1/servers/s02/drain', { method: 'POST' })).text);
  const body = JSON.stringify({ file: 's01', streams: { cam: { url: 'test:' } } });
  assert.ok(answers.applySchema.safeParse(JSON.parse(body)).success);
  holds(answers.appliedSchema, (await ask('/api/v1/apply', { method: 'POST', body })).text);
});

test('refusals are as the description says, with the problems of a definition', async () => {
  const { ask } = await talkativeApi();
  const refused = await ask('/api/v1/streams/cam', { method: 'PUT', body: '{"inputs": [], "wieght": 2}' });
  assert.is(refused.status, 400);
  holds(answers.errorSchema, refused.text);
  assert.match(refused.text, '"nearest":"weight"');
  for (const target of ['/api/v1/streams/none', '/api/v1/where/gap', '/api/v1/streams?limit=0', '/api/v1/nothing']) {
    holds(answers.errorSchema, (await ask(target)).text);
  }
});

test('events and changes are as the description says', async () => {
  const { herd, ask } = await talkativeApi();
  holds(answers.herdEventSchema, dataOf((await ask('/api/v1/events?follow=0&kind=operator-acted&limit=1')).text));
  const never = new AbortController().signal;
  const before = herd.version();
  herd.statuses.set('cam', { title: 'Gates' });
  holds(answers.herdChangeSchema, JSON.stringify(await herd.changesSince(before, never)));
  holds(answers.herdChangeSchema, JSON.stringify(await herd.changesSince('other-1', never)));
});

test.run();
