import { createHash } from 'node:crypto';
import type { World } from './world.ts';

const CHARACTERS = 16;

/** Of all that has happened in a world: its lines, the moment of each thing that was due, and the files that are left. */
export function historyOf({ clock, timeline, hosts }: World): string {
  const hash = createHash('sha256').update(`${timeline.text()}\n${clock.digest}\n`);
  for (const { name, recording } of hosts) {
    for (const [path, content] of recording?.disk.contents() ?? [])
      hash.update(`${name} ${path} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, CHARACTERS);
}
