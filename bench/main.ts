/**
 * Every figure of docs/performance.md: `npm run bench` runs all, `npm run bench -- where placement` those named, `-- failover:SIGSTOP`
 * the faults with that in their names, `--json` for programs, `--markdown` for that page. Each bench prints a table; medians of several runs, ratios
 * measured side by side, because absolute times depend on the machine.
 */
import { cpus } from 'node:os';
import type { Bench, Row } from './bench.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ bench(only: string): Promise<Bench> }>>> = {
  failover: () => import('./failover.ts'),
  handback: () => import('./handback.ts'),
  where: () => import('./where.ts'),
  redirect: () => import('./redirect.ts'),
  capture: () => import('./capture-cost.ts'),
  fmp4: () => import('./fmp4.ts'),
  beats: () => import('./beats.ts'),
  flood: () => import('./flood.ts'),
  placement: () => import('./placement.ts'),
  actors: () => import('./stream-actors.ts'),
  archive: () => import('./archive.ts'),
  return: () => import('./return.ts'),
  playback: () => import('./playback.ts'),
  dashboard: () => import('./dashboard.ts'),
  'camera-to-screen': () => import('./camera-to-screen.ts'),
  'streams-that-went': () => import('./streams-that-went.ts'),
  simulation: () => import('./simulation.ts'),
};
/** Takes long, and says more about the herd than about the machine. */
const ONLY_WHEN_NAMED = new Set(['simulation', 'streams-that-went']);

const asked = process.argv.slice(2);
const isJson = asked.includes('--json');
const isMarkdown = asked.includes('--markdown');
const wanted = new Map(asked.filter((word) => word !== '--json' && word !== '--markdown').map(nameAndPart));
const unknown = [...wanted.keys()].filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`no bench named ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`;
if (!isJson) console.log(machine);
for (const [name, load] of Object.entries(BENCHES)) {
  if (wanted.size > 0 ? !wanted.has(name) : ONLY_WHEN_NAMED.has(name)) continue;
  const { name: title, rows } = await (await load()).bench(wanted.get(name) ?? '');
  if (isJson) console.log(JSON.stringify({ bench: name, title, machine, rows }));
  else {
    console.log(`\n${title}`);
    if (isMarkdown) console.log(markdownOf(rows));
    else console.table(rows);
  }
}

function markdownOf(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, columns.map(() => '---'), ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function nameAndPart(word: string): readonly [name: string, part: string] {
  const colon = word.indexOf(':');
  return colon === -1 ? [word, ''] : [word.slice(0, colon), word.slice(colon + 1)];
}
