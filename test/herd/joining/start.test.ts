import * as assert from 'uvu/assert';
import { untilFilled } from '../../../src/herd/joining/start.ts';
import { Staleness } from '../../../src/herd/view/staleness.ts';
import { PROCESS_CLOCK } from '../../../src/host/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { testLog } from '../../support/test-log.ts';

const test = suite('herd/joining/start');

test('a start that waits for its views says so again and again, with the present reason', async () => {
  const log = testLog();
  const staleness = new Staleness(PROCESS_CLOCK, testLog(), () => {});
  let fill = () => {};
  const whole = new Promise<void>((resolve) => {
    fill = resolve;
  });
  const start = { waitsFor: 'it reads what the herd has in NATS' };
  const bus: { trouble: string | undefined } = { trouble: undefined };
  const filled = untilFilled({ staleness, filled: () => whole }, { start, bus, log, everyMs: 5 });
  const said = (why: string) => `it reads what the herd has in NATS: ${why}`;
  const unsaid = said('NATS has not sent all of it yet');
  await eventually('said twice', () => log.lines.filter((line) => line === `warn: ${unsaid}`).length >= 2);
  assert.is(start.waitsFor, unsaid, 'for /readyz, too');
  bus.trouble = 'the connection to NATS at n1:4222 is lost';
  await eventually('the present reason', () => start.waitsFor === said(bus.trouble ?? ''));
  staleness.begin('owners', 'owners: its leader does not answer');
  await eventually('what the view itself says', () => start.waitsFor === said('owners: its leader does not answer'));
  fill();
  await filled;
});

test.run();
