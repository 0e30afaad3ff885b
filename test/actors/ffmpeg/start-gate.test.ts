import { monitorEventLoopDelay } from 'node:perf_hooks';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { StartGate } from '../../../src/actors/ffmpeg/start-gate.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('actors/ffmpeg/start-gate', { deadlineMs: 70_000 });

test('starts go in order, and never more at once than the width of the gate allows', async () => {
  const gate = new StartGate({ width: 3, spacingMs: 1, holdMs: 60 });
  const started: { readonly n: number; readonly atMs: number }[] = [];
  for (let n = 0; n < 9; n += 1) gate.enter(() => started.push({ n, atMs: performance.now() }));
  assert.is(started.length, 0, 'no start happens before enter() returns');
  await eventually('all started', () => started.length === 9);
  assert.equal(
    started.map(({ n }) => n),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  );
  started.forEach(({ atMs }, index) => {
    const third = started[index - 3];
    // A timer may fire up to a millisecond early.
    if (third !== undefined) assert.ok(atMs - third.atMs >= 58);
  });
});

test('a start that is withdrawn does not happen, and delays no other start', async () => {
  const gate = new StartGate({ width: 1, spacingMs: 1, holdMs: 10 });
  const started: string[] = [];
  gate.enter(() => started.push('first'));
  const leave = gate.enter(() => started.push('second'));
  gate.enter(() => started.push('third'));
  leave();
  await eventually('the third', () => started.includes('third'));
  assert.equal(started, ['first', 'third']);
});

test('on a machine that has too much to do the next start waits for a multiple of the delay', async () => {
  const gate = new StartGate({ width: 3, spacingMs: 1, holdMs: 1 });
  const startedMs: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    gate.enter(() => {
      startedMs.push(performance.now());
      // The turn after the first start is late by 100 ms.
      if (startedMs.length === 1) setImmediate(() => standStill(100));
    });
  }
  await eventually('all started', () => startedMs.length === 3);
  const [, second = 0, third = 0] = startedMs;
  assert.ok(third - second > 4 * 100, `${third - second} ms`);
});

test('a hundred starts leave the event loop running in between', async () => {
  const gate = new StartGate({ holdMs: 50 });
  let ended = 0;
  let turns = 0;
  const turning = setInterval(() => {
    turns += 1;
  }, 5);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  try {
    for (let n = 0; n < 100; n += 1) {
      gate.enter(
        () =>
          void execa('true', { stdio: 'ignore', reject: false }).then(() => {
            ended += 1;
          }),
      );
    }
    // On a machine that has too much to do it gives way.
    await eventually('all ended', () => ended === 100, { deadlineMs: 60_000 });
  } finally {
    delay.disable();
    clearInterval(turning);
  }
  console.log(`longest turn of the loop: ${Math.round(delay.max / 1e6)} ms`);
  assert.ok(turns >= 20, `${turns} turns`);
});

function standStill(forMs: number): void {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs);
}

test.run();
