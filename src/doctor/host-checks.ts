import { existsSync } from 'node:fs';
import type { Log } from '../domain/log.ts';
import { systemReason } from '../domain/system-error.ts';
import { diskSpeed } from '../host/disk/disk-speed.ts';
import { execa } from '../host/system/execa.ts';
import { type Check, failure, ok, runChecks, warning } from './check.ts';

const OLDEST_NODE = 20;
/** Some dozens of streams of a few Mb/s each write so much, and others use the disk too. */
const SLOW_BYTES_A_SECOND = 10e6;
const CLOCK_WITHIN_MS = 5000;
/** When a server that has started is at rest. */
const AFTER_START_MS = 60_000;

/** Properties of this machine that do not change while a server runs, and that no other part of the server watches. */
export function hostChecks(dataDir: string): readonly Check[] {
  return [
    { name: 'node', run: async () => nodeOutcome(process.versions.node) },
    {
      name: 'disk speed',
      run: async () => {
        if (!existsSync(dataDir)) return ok('data_dir is not made yet');
        const bytes = await diskSpeed(dataDir).catch((error) => systemReason(error));
        if (typeof bytes === 'string') return failure(`it cannot be tried in ${dataDir}: ${bytes}`);
        if (bytes === undefined) return ok('there is too little room to try it');
        const said = `${Math.round(bytes / 1e6)} MB/s are written and flushed`;
        return bytes < SLOW_BYTES_A_SECOND ? warning(`${said}: that is slow for more than a few streams`) : ok(said);
      },
    },
    {
      name: 'time',
      run: async () => {
        const kept = await clockSync();
        if (kept === 'not kept') return warning('no NTP keeps the clock of this machine: segment numbers follow it');
        return ok(kept === 'kept' ? 'NTP keeps the clock' : 'whether NTP keeps the clock cannot be asked here');
      },
    },
  ];
}

export function nodeOutcome(version: string) {
  const major = Number.parseInt(version, 10);
  return major >= OLDEST_NODE ? ok(`Node ${version}`) : failure(`Node ${version} is too old: ${OLDEST_NODE} is needed`);
}

/** Reports, some time after the start, what is wrong with the machine of a running server. */
export function reportHost(dataDir: string, log: Log, afterMs = AFTER_START_MS): Disposable {
  const timer = setTimeout(async () => {
    for (const { name, level, why } of await runChecks(hostChecks(dataDir))) {
      if (level !== 'ok') log.warn(`${name}: ${why}`);
    }
  }, afterMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Whether this machine's clock is kept by NTP, as systemd says; `unknown` where that is not asked. */
export async function clockSync(): Promise<'kept' | 'not kept' | 'unknown'> {
  const { failed, stdout } = await execa('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    reject: false,
    stdin: 'ignore',
    timeout: CLOCK_WITHIN_MS,
  });
  const said = failed ? '' : stdout.trim();
  if (said !== 'yes' && said !== 'no') return 'unknown';
  return said === 'yes' ? 'kept' : 'not kept';
}
