import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ServerProcess } from '../../src/demo/server-process.ts';
import { eventually } from '../support/eventually.ts';
import { sideBySide } from '../support/side-by-side.ts';

const test = sideBySide('warden/warden', { deadlineMs: 30_000, atOnce: 3 });
const HOLDER = fileURLToPath(new URL('../fixtures/warden-holder.js', import.meta.url));
/** Of the fixture's `tick`s: longer than its lease lasts. */
const LONGER_THAN_A_LEASE = 15;

/** A warden with a server of this mode. */
async function withWarden(mode: string, body: (warden: Warden) => Promise<void>): Promise<void> {
  const ends: string[] = [];
  const server = new ServerProcess({ configFile: mode, mainFile: HOLDER, onEnd: (how) => ends.push(how) });
  server.start();
  try {
    await body(new Warden(server, ends));
  } catch (error) {
    console.error(server.log.join('\n'));
    throw error;
  } finally {
    await server.killAll();
  }
}

class Warden {
  constructor(
    readonly all: ServerProcess,
    readonly ends: readonly string[],
  ) {}

  said(line: string | RegExp): number {
    return this.all.log.filter((one) => (typeof line === 'string' ? one === line : line.test(one))).length;
  }

  /** The server process with its child, when both run and it is not the process `not`. */
  server(not?: number): Promise<number> {
    const children = not === undefined ? 0 : 1;
    return eventually('a server process with a child', () => {
      const pid = this.all.serverPid;
      return pid !== not && this.said(/^child /) > children && pid;
    });
  }

  async ticksOn(): Promise<void> {
    const enough = this.said('tick') + LONGER_THAN_A_LEASE;
    await eventually('it ticks on', () => this.said('tick') >= enough);
  }

  childPids(): readonly number[] {
    return this.all.log.flatMap((line) => (line.startsWith('child ') ? [Number(line.slice('child '.length))] : []));
  }

  ended(): Promise<string> {
    return eventually('the warden has ended', () => this.ends[0]);
  }
}

function stateOf(pid: number): string | undefined {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

const isGone = (pid: number) => stateOf(pid) === undefined || stateOf(pid) === 'Z';

test('a server that is killed takes its children along and is started again', () =>
  withWarden('stands', async (warden) => {
    const pid = await warden.server();
    const [child = 0] = warden.childPids();
    process.kill(pid, 'SIGKILL');
    await warden.server(pid);
    assert.ok(isGone(child), 'nothing of the first was left when the second started');
    await warden.ticksOn();
    assert.is(warden.said(/ended by SIGKILL: starting the server again in 100 ms$/), 1);
  }));

test('a server that is stopped is killed with its children when its lease is over', () =>
  withWarden('stands', async (warden) => {
    const pid = await warden.server();
    const [child = 0] = warden.childPids();
    process.kill(pid, 'SIGSTOP');
    await eventually('its child is gone', () => isGone(child));
    await warden.server(pid);
    assert.is(warden.said(/its lease ended \d+ ms ago/), 1);
  }));

test('a server that is stopped for less than its lease is left alone', () =>
  withWarden('stands', async (warden) => {
    const pid = await warden.server();
    process.kill(pid, 'SIGSTOP');
    await eventually('it is stopped', () => stateOf(pid) === 'T', { everyMs: 5 });
    process.kill(pid, 'SIGCONT');
    await warden.ticksOn();
    assert.is(warden.all.serverPid, pid);
  }));

test('a stopped server that does not stand yet has no lease and lives on; a standing server that is stopped after it is killed', () =>
  withWarden('joins', (warden) =>
    withWarden('stands', async (other) => {
      const [pid, stands] = [await warden.server(), await other.server()];
      process.kill(pid, 'SIGSTOP');
      await eventually('it is stopped', () => stateOf(pid) === 'T', { everyMs: 5 });
      process.kill(stands, 'SIGSTOP');
      await other.server(stands);
      assert.is(other.said(/its lease ended \d+ ms ago/), 1);
      process.kill(pid, 'SIGCONT');
      await warden.ticksOn();
      assert.is(warden.all.serverPid, pid);
    }),
  ));

test('a warden that was stopped itself reads what the server said meanwhile', () =>
  withWarden('stands', async (warden) => {
    const pid = await warden.server();
    warden.all.kill('SIGSTOP');
    await warden.ticksOn();
    warden.all.kill('SIGCONT');
    await warden.ticksOn();
    assert.is(warden.all.serverPid, pid);
  }));

test('no server process survives its warden', () =>
  withWarden('stands', async (warden) => {
    await warden.server();
    warden.all.kill('SIGKILL');
    await eventually('all its processes have ended', () => warden.all.pids.length === 0);
  }));

test('signals are passed to the server, and its exit code back', () =>
  withWarden('stands', async (warden) => {
    await warden.server();
    warden.all.kill('SIGHUP');
    await eventually('it hears SIGHUP', () => warden.said('got SIGHUP') === 1);
    warden.all.kill('SIGTERM');
    await eventually('it hears SIGTERM', () => warden.said('got SIGTERM') === 1);
    await warden.ticksOn();
    warden.all.kill('SIGTERM');
    assert.is(await warden.ended(), 'exit code 7');
    assert.equal(warden.all.pids, []);
  }));

test('a server that crashes while it leaves is not started again', () =>
  withWarden('stands', async (warden) => {
    const pid = await warden.server();
    warden.all.kill('SIGTERM');
    await eventually('it hears SIGTERM', () => warden.said('got SIGTERM') === 1);
    process.kill(pid, 'SIGKILL');
    assert.is(await warden.ended(), 'exit code 137');
    assert.equal(warden.all.pids, []);
  }));

test('a server that crashes again and again is started less and less often', () =>
  withWarden('crashes', async (warden) => {
    await eventually('the fourth start', () => warden.childPids().length === 4);
    const waits = warden.all.log.flatMap((line) => /starting the server again in (\d+) ms/.exec(line)?.[1] ?? []);
    assert.equal(waits.slice(0, 3), ['100', '200', '400']);
    warden.all.kill('SIGTERM');
    await warden.ended();
    assert.equal(warden.all.pids, []);
  }));

for (const [mode, code] of [
  ['fails', 3],
  ['refused', 1],
  ['leaves', 0],
] as const) {
  test(`a server that ${mode} is not started again: exit code ${code}`, () =>
    withWarden(mode, async (warden) => {
      assert.is(await warden.ended(), `exit code ${code}`);
      assert.is(warden.said(/started the server process/), 1);
      assert.equal(warden.all.pids, []);
    }));
}

test.run();
