import { setTimeout as pause } from 'node:timers/promises';

/** How long a fault or an attack lasts, or its pace. This is a wait on purpose: it is a part of the fault, and no wait for a result. */
export async function lasts(ms: number): Promise<void> {
  await pause(ms);
}
