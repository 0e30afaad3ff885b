import * as assert from 'uvu/assert';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { eventually } from '../support/eventually.ts';
import { flood } from '../support/flood.ts';
import { withHerd } from '../support/herd.ts';
import { readList } from '../support/media.ts';
import { defineMany, strangersPaths } from '../support/strangers.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/flood', { deadlineMs: 120_000 });

const STREAMS = 1000;
const CONNECTIONS = 200;
const FOR_MS = 12_000;
/** What is promised: the control thread is never so late that a beat comes after a third of the fence. */
const PROMISED_S = DEFAULT_TIMES.fenceMs / 3 / 1000;

test('strangers who ask one server as fast as it answers cost no capture, and viewers are served all the while', () =>
  withHerd({ servers: 2, cameras: 4 }, async (herd) => {
    const [s1] = herd.servers;
    assert.ok(s1);
    await defineMany(herd, STREAMS);
    await eventually('every stream is listed', async () => (await s1.streams()).length === STREAMS + 4);
    await herd.cameras.resetCounts();
    const { serverPid } = s1;
    const [mine = ''] = (await herd.byServer()).get('s1') ?? [];

    const flooding = flood({ url: s1.url, connections: CONNECTIONS, forMs: FOR_MS, paths: strangersPaths(mine) });
    let isOver = false;
    void flooding.finally(() => {
      isOver = true;
    });
    const numbers: number[] = [];
    await eventually(
      'it is over',
      async () => {
        const { firstNumber, segments } = await readList(`${s1.url}/${mine}/video.m3u8`);
        numbers.push(firstNumber + segments.length);
        return isOver;
      },
      { deadlineMs: FOR_MS + 20_000, everyMs: 500 },
    );
    const { statuses, broken } = await flooding;

    assert.ok((statuses['200'] ?? 0) > CONNECTIONS, `${JSON.stringify(statuses)}, ${broken} broken`);
    assert.is(statuses['500'], undefined);
    assert.ok((numbers.at(-1) ?? 0) > (numbers[0] ?? 0) + 2, `segments go on: ${numbers.join(', ')}`);
    assert.is(s1.serverPid, serverPid, 'the warden had no reason to end it');
    const counts = await herd.cameras.counts();
    const ended = herd.names.filter((name) => counts[name]?.live !== 1 || counts[name]?.total !== 1);
    assert.equal(ended, [], 'no capture ended');
    for (const server of herd.servers) {
      const worst = (await server.metrics()).get('streamherd_control_delay_worst_seconds') ?? Number.NaN;
      assert.ok(worst < PROMISED_S, `the control thread of ${server.name} was ${worst} s late`);
    }
  }));

test.run();
