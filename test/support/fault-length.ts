import { setTimeout as pause } from 'node:timers/promises';

/** How long a fault of the campaign lasts: a part of what is injected. What it cost is judged afterwards, by the cameras' log. */
export async function lasts(ms: number): Promise<void> {
  await pause(ms);
}
