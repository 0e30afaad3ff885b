import * as assert from 'uvu/assert';
import { type Lease, leaseLeftMs, sharedInstant } from '../../src/warden/lease.ts';
import { LeaseReports } from '../../src/warden/lease-reports.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';

const test = suite('warden/lease-reports');
const KILL_MS = 250;

/** A server as the reports see it, and what the warden is told of it. */
function server() {
  const state = { standingMs: 0, capturing: false };
  const told: string[] = [];
  const leases: Lease[] = [];
  const reports = new LeaseReports({
    line: {
      tell: (message) => void told.push(message.type),
      tellLease: (message) => {
        told.push(message.type);
        if (message.type === 'lease') leases.push(message);
      },
    },
    killMs: KILL_MS,
    capturing: () => state.capturing,
  });
  return { state, told, leases, reports, [Symbol.dispose]: () => reports[Symbol.dispose]() };
}

test('a session that stands has a lease, which ends before its captures must be dead', () => {
  using it = server();
  it.reports.opened({ session: 's1-1', standingForMs: () => it.state.standingMs });
  it.state.standingMs = 1000;
  it.reports.report();
  assert.equal(it.told, ['session', 'lease']);
  const [lease] = it.leases;
  assert.ok(lease);
  const leftMs = leaseLeftMs(lease, sharedInstant());
  assert.ok(leftMs > 0 && leftMs < 1000 + KILL_MS, `${leftMs} ms`);
});

test('a session that lost standing says nothing until its captures are dead: its last lease goes on running', () => {
  using it = server();
  it.reports.opened({ session: 's1-1', standingForMs: () => it.state.standingMs });
  Object.assign(it.state, { standingMs: 1000, capturing: true });
  it.reports.report();
  it.state.standingMs = 0;
  it.reports.report();
  it.reports.report();
  assert.equal(it.told, ['session', 'lease'], 'neither a new lease nor that there is none');
  it.state.capturing = false;
  it.reports.report();
  assert.equal(it.told, ['session', 'lease', 'no-lease']);
});

test('a session that has not stood yet has no lease', () => {
  using it = server();
  it.reports.report();
  it.reports.opened({ session: 's1-1', standingForMs: () => it.state.standingMs });
  it.reports.report();
  assert.equal(it.told, ['no-lease', 'session', 'no-lease']);
});

test('it reports regularly, and once more at its end: captures that still live then have until the end of the last lease to die', async () => {
  const it = server();
  it.reports.opened({ session: 's1-1', standingForMs: () => it.state.standingMs });
  Object.assign(it.state, { standingMs: 1000, capturing: true });
  await eventually('two leases', () => it.leases.length >= 2);
  it.state.standingMs = 0;
  const before = it.told.length;
  it.reports[Symbol.dispose]();
  assert.is(it.told.length, before);
  it.state.capturing = false;
  it.reports[Symbol.dispose]();
  assert.is(it.told.at(-1), 'no-lease');
});

test.run();
