import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TakenAway } from './row.ts';

/** Finds the piece however its lines are broken. */
export function pieceOf(from: string): RegExp {
  const quoted = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(from.split(/\s+/).map(quoted).join('\\s+'));
}

/** Why the rule cannot be taken away in what was built in `dist`; `undefined`: it can. */
export function staleness({ rule, file, from, test }: TakenAway, dist: string): string | undefined {
  const path = join(dist, 'src', `${file}.js`);
  if (!existsSync(path)) return `${rule}: there is no src/${file}.ts any more: where has "${from}" gone?`;
  if (!existsSync(join(dist, 'test', `${test}.test.js`))) return `${rule}: there is no test/${test}.test.ts any more`;
  const found = readFileSync(path, 'utf8').split(pieceOf(from)).length - 1;
  return found === 1 ? undefined : `${rule}: src/${file}.ts has this ${found} times, not once: ${from}`;
}
