/**
 * Every figure of the README: `npm run bench` runs all, `npm run bench -- where placement` those named. Each bench prints a
 * table; medians of several runs, ratios measured side by side, because absolute times depend on the machine.
 */
import { cpus } from 'node:os';
import type { Bench } from './bench.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ bench(): Promise<Bench> }>>> = {
  placement: () => import('./placement.ts'),
  actors: () => import('./stream-actors.ts'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no bench named ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
for (const [name, load] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { name: title, rows } = await (await load()).bench();
  console.log(`\n${title}`);
  console.table(rows);
}
