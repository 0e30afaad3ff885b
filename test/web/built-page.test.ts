import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { staticFile } from '../../src/http/public/static-files.ts';
import { barsOf, planText } from '../../web/servers/plan-picture.ts';
import { ageText, bytesText, countText, rateText } from '../../web/words/amount.ts';
import { suite } from '../support/suite.ts';

const test = suite('web/built-page');
const MAX_COMPRESSED_BYTES = 200_000;
const built = (name: string) => readFile(fileURLToPath(new URL(`../../web/${name}`, import.meta.url)));

test('the page, its code and its style are below 200 kB compressed, and nothing is taken from elsewhere', async () => {
  const files = await Promise.all(['index.html', 'app.js', 'app.css'].map(built));
  const bytes = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
  assert.ok(bytes > 5000 && bytes < MAX_COMPRESSED_BYTES, `${bytes} bytes`);
  const page = String(files[0]);
  assert.match(page, /src="\/assets\/app\.js\?v=[0-9a-f]{12}"/);
  assert.match(page, /href="\/assets\/app\.css\?v=[0-9a-f]{12}"/);
  assert.not.match(page, /(?:src|href)="(?:https?:)?\/\//);
  assert.not.match(String(files[2]), /url\(|@import/);
});

test('its policy runs only scripts and styles of this server, and no page may frame it', () => {
  const policy = staticFile('index.html')?.headers?.['Content-Security-Policy'] ?? '';
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]) {
    assert.ok(policy.split('; ').includes(part), part);
  }
  assert.not.match(policy, /unsafe|\*/);
});

test('amounts are short', () => {
  assert.equal([0, 999, 1000, 123_456, 4e12].map(bytesText), ['0 B', '999 B', '1.0 kB', '123 kB', '4.0 TB']);
  assert.equal([999.4, 1000, 2345].map(rateText), ['999 kb/s', '1.0 Mb/s', '2.3 Mb/s']);
  assert.equal([countText(1, 'day'), countText(0, 'copy', 'copies')], ['1 day', '0 copies']);
  const now = Date.UTC(2026, 10, 22);
  const ago = (seconds: number) => ageText(new Date(now - 1000 * seconds).toISOString(), now);
  assert.equal([-1, -3, 59, 60, 7200, 200_000].map(ago), ['0 s', 'in the future', '59 s', '1 min', '2 h', '2 d']);
});

test('a plan is one sentence, and bars of one scale', () => {
  const servers = [
    { name: 's01', before: 4, after: 0 },
    { name: 's02', before: 0, after: 2 },
  ];
  const moves = [{ stream: 'cam1', from: 's01', to: 's02', why: '' }];
  const plan = { without: 's01', moves, nowhere: [{ stream: 'cam2', why: '' }], servers };
  assert.is(planText(plan), 'If s01 died: cam1 → s02, cam2 → nowhere.');
  assert.is(planText({ ...plan, moves: [], nowhere: [] }), 'If s01 died, no stream would move.');
  assert.equal(
    barsOf(plan).map(({ beforeShare, afterShare }) => [beforeShare, afterShare]),
    [
      [1, 0],
      [0, 0.5],
    ],
  );
  assert.equal(barsOf({ servers: [{ name: 's01', before: 0, after: 0 }] })[0]?.beforeShare, 0);
});

test.run();
