import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/without-dns', { deadlineMs: 90_000 });

test('servers whose names no DNS knows reach each other by the public_url alone', () =>
  withHerd({ servers: 2, cameras: 1, captureAt: { cam1: 's1' } }, async (herd) => {
    const answer = await eventually('s2 has the list of s1', async () => {
      const response = await fetch(`${herd.server('s2').url}/cam1/video.m3u8`);
      return response.status === 200 && response.text();
    });
    assert.match(answer, `${herd.server('s1').url}/cam1/`, 'its segments are fetched from s1');
  }));

test.run();
