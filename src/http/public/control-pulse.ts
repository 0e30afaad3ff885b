import { everySharedTick } from '../../host/clock.ts';

/** Written by the control thread, read by others. */
const PULSE_MS = 100;

/**
 * Shows other threads of the process that the control thread runs: it writes the time into shared memory, again and again. A
 * thread that stands still cannot be asked, and a question to a late thread would make it later.
 */
export function beatPulse(pulse: SharedArrayBuffer): Disposable {
  const cell = new BigInt64Array(pulse);
  const write = () => void Atomics.store(cell, 0, process.hrtime.bigint());
  write();
  return { [Symbol.dispose]: everySharedTick(PULSE_MS, write) };
}

export function newPulse(): SharedArrayBuffer {
  return new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
}

/** How long ago the control thread last ran. `hrtime` is one clock for all threads of a process. */
export function sincePulseMs(pulse: SharedArrayBuffer): number {
  return Number(process.hrtime.bigint() - Atomics.load(new BigInt64Array(pulse), 0)) / 1e6;
}
