import * as assert from 'uvu/assert';
import { type HerdAnswer, type HerdPicture, type KnownServer, pictureOf } from '../../src/demo/herd-picture.ts';
import { changeTexts, faultTexts, tableText } from '../../src/demo/picture-text.ts';
import { suite } from '../support/suite.ts';

const test = suite('demo/picture-text');

const NOW = Date.UTC(2026, 10, 22, 12);
const SERVER = { session: 'x', since: '', why: '', capacity: 1 };
const ANSWER: HerdAnswer = {
  servers: [
    { ...SERVER, name: 's1', state: 'up', url: 'http://127.0.0.1:8081', streams: 1 },
    { ...SERVER, name: 's2', state: 'up', url: 'http://127.0.0.1:8082', streams: 0 },
  ],
  streams: [
    { name: 'cam02', state: 'idle', why: 'no server has it' },
    {
      name: 'cam01',
      state: 'live',
      server: 's1',
      since: new Date(NOW - 12_000).toISOString(),
      why: 'its capture_at host',
      captureAt: 's1',
      input: 1,
      inputs: 2,
    },
  ],
};
const KNOWN: KnownServer[] = [
  { name: 's1', url: 'http://127.0.0.1:8081', pid: 101, backAtMs: undefined },
  { name: 's2', url: 'http://127.0.0.1:8082', pid: undefined, backAtMs: NOW + 6500 },
];
const COUNTS = { cam01: { live: 1, peak: 1, total: 1, attempts: 1, refused: 0 } };
const picture = pictureOf(KNOWN, ANSWER, COUNTS, NOW);

test('the table', () => {
  assert.snapshot(
    tableText(picture, NOW),
    `\
   SERVER  PID  STREAMS  STATE                              DASHBOARD
1  s1      101  1        up                                 http://127.0.0.1:8081/
2  s2      -    0        off, not yet noticed, back in 7 s  http://127.0.0.1:8082/

STREAM  SERVER  STATE  SINCE  PULLS  WHY
cam01   s1      live   12 s   1      its capture_at host (capture_at s1); on input 2 of 2
cam02   -       idle   -      0      no server has it`,
  );
});

test('no line is wider than the terminal', () => {
  const lines = tableText(picture, NOW, 40).split('\n');
  assert.ok(lines.every((line) => line.length <= 40));
  assert.ok(lines.some((line) => line.endsWith('…')));
});

test('the demo shows what it knows of a server and the herd does not', () => {
  const states = (known: Partial<KnownServer>, answer: HerdAnswer | undefined) =>
    pictureOf([{ name: 's1', url: '', pid: undefined, backAtMs: undefined, ...known }], answer, {}, NOW).servers[0]
      ?.state;
  const down: HerdAnswer = { streams: [], servers: [{ ...SERVER, name: 's1', state: 'down', url: '', streams: 0 }] };
  assert.is(states({ pid: 1 }, undefined), 'starting');
  assert.is(states({ pid: 1 }, down), 'starting');
  assert.is(states({}, down), 'off');
  assert.is(states({ backAtMs: NOW + 100 }, down), 'off, back in 1 s');
});

function moved(state: string, peak: number): HerdPicture {
  const streams = ANSWER.streams.map((stream) =>
    stream.name === 'cam01' ? { ...stream, server: 's2', state } : stream,
  );
  return pictureOf(
    KNOWN.map((server) => ({ ...server, backAtMs: NOW + 3000 })),
    { ...ANSWER, streams: streams as HerdAnswer['streams'] },
    { cam01: { ...COUNTS.cam01, peak } },
    NOW,
  );
}

test('changes show moves and states, but neither countdowns nor what stays as it was', () => {
  assert.equal(changeTexts(picture, picture), []);
  assert.equal(changeTexts(picture, moved('connecting', 1)), [
    'stream cam01: s1 → s2, connecting: its capture_at host',
  ]);
  assert.equal(changeTexts(moved('connecting', 1), moved('live', 1)), ['stream cam01: s2, live: its capture_at host']);
  assert.equal(changeTexts(moved('live', 1), moved('live', 2)), [
    'stream cam01: its camera was pulled 2 times at once',
  ]);
  assert.equal(changeTexts(undefined, picture), [
    'server s1: up (pid 101)',
    'server s2: off, not yet noticed',
    'stream cam01: s1, live: its capture_at host',
    'stream cam02: nowhere, idle: no server has it',
  ]);
});

test('faults show streams that are not captured, that were captured twice, and that are missing', () => {
  const live = pictureOf(KNOWN, { ...ANSWER, streams: ANSWER.streams.slice(1) }, COUNTS, NOW);
  assert.equal(faultTexts(live, 1), []);
  assert.equal(faultTexts(picture, 2), ['cam02 is not captured: idle, no server has it']);
  assert.equal(faultTexts(live, 2), ['1 of 2 streams are known']);
  assert.equal(faultTexts({ ...live, streams: live.streams.map((row) => ({ ...row, peakPulls: 2 })) }, 1), [
    'cam01 was pulled 2 times at once',
  ]);
});

test.run();
