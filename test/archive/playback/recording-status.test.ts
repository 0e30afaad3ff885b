import * as assert from 'uvu/assert';
import type { Holding } from '../../../src/archive/archive-calls.ts';
import { recordingStatus, type ServerHoldings } from '../../../src/archive/playback/recording-status.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/playback/recording-status');

const EVER = { fromMs: 0, untilMs: 10_000_000 };

function holding(epoch: number, fromS: number, untilS: number, more: Partial<Holding> = {}): Holding {
  const numbers = { firstNumber: fromS / 2, lastNumber: untilS / 2 - 1, bytes: 1 };
  return {
    epoch,
    ...numbers,
    fromMs: fromS * 1000,
    untilMs: untilS * 1000,
    home: 's01',
    gaps: [],
    isAway: false,
    ...more,
  };
}

function server(name: string, holdings: readonly Holding[], more: Partial<ServerHoldings> = {}): ServerHoldings {
  return { server: name, isSilent: false, holdings, kept: [], ...more };
}

test('without detail the status has only ranges and locks, in whole seconds', () => {
  const kept = [{ id: 'k1', fromMs: 104_000, untilMs: 106_500, note: 'the gate' }];
  const all = [
    server('s01', [holding(3, 100, 160, { why: 'the hour is over' }), holding(3, 160, 200)], { kept }),
    server('s02', [holding(4, 220, 240.4)], { kept }),
  ];
  assert.equal(recordingStatus({ stream: 'cam01', bounds: EVER, isDetailed: false }, all), {
    stream: 'cam01',
    ranges: [
      { from: 100, duration: 100 },
      { from: 220, duration: 20 },
    ],
    locks: [{ from: 104, duration: 3 }],
  });
});

test('with detail the status names the server of each range, and the reasons of the gaps between', () => {
  const gaps = [{ fromMs: 200_000, untilMs: 220_000, why: 'the disk was full' }];
  const all = [
    server('s01', [holding(3, 100, 160), holding(3, 160, 200)]),
    server('s02', [holding(4, 220, 240.4, { gaps })], { kept: [{ id: 'k1', fromMs: 1, untilMs: 2, note: 'n' }] }),
  ];
  assert.equal(recordingStatus({ stream: 'cam01', bounds: EVER, isDetailed: true }, all), {
    stream: 'cam01',
    ranges: [
      { from: 100, duration: 100, server: 's01', home: 's01', epoch: 3 },
      { from: 220, duration: 20.4, server: 's02', home: 's01', epoch: 4 },
    ],
    locks: [{ from: 0.001, duration: 0.001, id: 'k1', note: 'n' }],
    gaps: [{ from: 200, duration: 20, why: 'the disk was full' }],
  });
});

test('a time that only a server without an answer has is unavailable, and no gap', () => {
  const all = [
    server('s01', [holding(3, 100, 160)]),
    server('s02', [holding(3, 150, 160), holding(4, 160, 200)], { isSilent: true }),
    server('s03', [holding(5, 200, 240, { isAway: true }), holding(6, 250, 260)]),
  ];
  const status = recordingStatus({ stream: 'cam01', bounds: EVER, isDetailed: true }, all);
  assert.equal(
    status.ranges.map(({ from, duration }) => ({ from, duration })),
    [
      { from: 100, duration: 60 },
      { from: 250, duration: 10 },
    ],
  );
  assert.equal(status.unavailable, [
    { from: 160, duration: 80, server: 's02' },
    { from: 160, duration: 80, server: 's03' },
  ]);
  assert.equal(
    status.gaps?.map(({ from, duration }) => ({ from, duration })),
    [{ from: 240, duration: 10 }],
  );
});

test('only times within the bounds are told', () => {
  const kept = [{ id: 'k1', fromMs: 0, untilMs: 90_000, note: '' }];
  const all = [server('s01', [holding(3, 100, 200)], { kept })];
  const bounds = { fromMs: 150_000, untilMs: 160_000 };
  assert.equal(recordingStatus({ stream: 'cam01', bounds, isDetailed: false }, all), {
    stream: 'cam01',
    ranges: [{ from: 150, duration: 10 }],
    locks: [],
  });
});

test.run();
