import * as assert from 'uvu/assert';
import { parseServerRecord, type ServerRecord, serverRecordText } from '../../src/domain/records/server-record.ts';
import type { Store, WriteOutcome } from '../../src/nats/buckets/store.ts';
import { writeObituary } from '../../src/warden/obituary.ts';
import { memoryWorld } from '../support/memory-store.ts';
import { suite } from '../support/suite.ts';

const test = suite('warden/obituary');
const OBITUARY = { server: 's1', session: 'dead', why: 'its warden saw it end' };
const NEVER = new AbortController().signal;

function record(changes: Partial<ServerRecord> = {}): string {
  return serverRecordText({
    ...{ server: 's1', session: 'dead', state: 'up', peers: ['other'], publicUrl: 'http://s1', peerUrl: 'http://s1' },
    ...{ capacity: 1, host: 'h', dataDir: '/d', since: '2026-01-01T00:00:00Z', why: 'takes part', renewal: 5 },
    ...changes,
  });
}

async function stateOf(store: Store): Promise<readonly (string | undefined)[]> {
  const entry = await store.read('s1');
  const read = parseServerRecord('s1', entry?.text ?? '');
  return [read?.session, read?.state, read?.why];
}

test('the session of a dead process is taken off the roster, and its name stays known', async () => {
  const store = memoryWorld().open('servers');
  await store.update('s1', record(), 0);
  assert.is(await writeObituary(store, OBITUARY, NEVER), 'written');
  assert.equal(await stateOf(store), ['dead', 'down', 'its warden saw it end']);
  assert.is(await writeObituary(store, OBITUARY, NEVER), 'not needed');
});

for (const [title, text] of [
  ['of a successor', record({ session: 'next' })],
  ['that says down already', record({ state: 'down', why: 'left' })],
  ['that is no record', 'rubbish'],
] as const) {
  test(`a key ${title} is left as it is`, async () => {
    const store = memoryWorld().open('servers');
    await store.update('s1', text, 0);
    assert.is(await writeObituary(store, OBITUARY, NEVER), 'not needed');
    assert.is((await store.read('s1'))?.text, text);
  });
}

test('a server that never wrote its key needs none', async () => {
  assert.is(await writeObituary(memoryWorld().open('servers'), OBITUARY, NEVER), 'not needed');
});

test('a renewal that lands late is replaced too, and a bus that does not answer is asked again', async () => {
  const store = memoryWorld().open('servers');
  await store.update('s1', record(), 0);
  let reads = 0;
  let writes = 0;
  const slow = {
    read: async (key: string) => {
      reads += 1;
      if (reads === 1) throw new Error('no server answers');
      return store.read(key);
    },
    update: async (key: string, text: string, expected: number): Promise<WriteOutcome> => {
      writes += 1;
      if (writes === 1) await store.update('s1', record({ renewal: 6 }), expected);
      if (writes === 2) return { outcome: 'unknown', why: 'no answer' };
      return store.update(key, text, expected);
    },
  };
  assert.is(await writeObituary(slow, OBITUARY, NEVER), 'written');
  assert.is(writes, 3);
  assert.equal(await stateOf(store), ['dead', 'down', 'its warden saw it end']);
});

test('an obituary is given up when it is no longer wanted', async () => {
  const ending = new AbortController();
  const silent = {
    read: async () => {
      ending.abort();
      throw new Error('no server answers');
    },
    update: async (): Promise<WriteOutcome> => ({ outcome: 'lost' }),
  };
  assert.is(await writeObituary(silent, OBITUARY, ending.signal), 'given up');
});

test.run();
