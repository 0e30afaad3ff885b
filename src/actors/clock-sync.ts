import { execa } from 'execa';

const WITHIN_MS = 5000;

/** Whether this machine's clock is kept by NTP, as systemd says; `unknown` where that is not asked. */
export async function clockSync(): Promise<'kept' | 'not kept' | 'unknown'> {
  const { failed, stdout } = await execa('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    reject: false,
    stdin: 'ignore',
    timeout: WITHIN_MS,
  });
  const said = failed ? '' : stdout.trim();
  if (said !== 'yes' && said !== 'no') return 'unknown';
  return said === 'yes' ? 'kept' : 'not kept';
}
