import { setTimeout as pause } from 'node:timers/promises';

/** How long a fault or an attack lasts, or its pace: a part of what is done to a herd. What it cost is judged by other means. */
export async function lasts(ms: number): Promise<void> {
  await pause(ms);
}
