import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { metricLines, wholeReading } from '../support/metrics-reading.ts';
import { suite } from '../support/suite.ts';

const test = suite('monitoring/alerts', { deadlineMs: 60_000 });

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const RULES = 'config/prometheus/streamherd.rules.yml';
const TRIALS = ['test/monitoring/alerts.promtool.yml', 'test/monitoring/slow-alerts.promtool.yml'];
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const alertsIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name).sort();

const rules = textOf(RULES);
const alerts = alertsIn(rules, /- alert: (\w+)/g);

async function metricNames(): Promise<ReadonlySet<string>> {
  const lines = await metricLines(wholeReading());
  return new Set(lines.flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []));
}

async function promtool(...args: readonly string[]) {
  const env = { PATH: `${process.env.PATH}:${join(ROOT, '.tools')}` };
  const { exitCode, all, code } = await execa('promtool', args, { cwd: ROOT, all: true, reject: false, env });
  return { isThere: code !== 'ENOENT', exitCode, all };
}

const NO_PROMTOOL = 'no promtool here, of the Debian package of that name or of prometheus';

if ((await promtool('--version')).isThere) {
  test('promtool reads the rules, and each fires for what it is about and for nothing else', async () => {
    const checked = await promtool('check', 'rules', RULES);
    assert.is(checked.exitCode, 0, checked.all);
    assert.match(checked.all ?? '', `${alerts.length} rules found`);
    const tried = await promtool('test', 'rules', ...TRIALS);
    assert.is(tried.exitCode, 0, tried.all);
  });
} else {
  test.skip('promtool reads the rules, and each fires for what it is about and for nothing else', NO_PROMTOOL);
}

test('each alert is tried when it has to fire and when it has not to', () => {
  const tried = alertsIn(TRIALS.map(textOf).join('\n'), /alertname: (\w+)/g);
  assert.equal([...new Set(tried)], alerts);
  assert.is(tried.length, 2 * alerts.length);
});

test('each alert has what to do in docs/operating.md, and that page names no other', () => {
  assert.ok(alerts.length > 15);
  assert.equal(alertsIn(textOf('docs/operating.md'), /^\| `(Streamherd\w+)` \|/gm), alerts);
});

test('the alerts ask for metrics that there are, and for labels that these have', async () => {
  const names = await metricNames();
  const lines = await metricLines(wholeReading());
  for (const [, expression = ''] of rules.matchAll(/^ +expr: (.*)$/gm)) {
    for (const [name] of expression.matchAll(/\bstreamherd_\w+/g)) assert.ok(names.has(name), name);
    const [, name = '', label = ''] = /(streamherd_\w+)\{(\w+)=/.exec(expression) ?? [];
    if (label !== '')
      assert.ok(
        lines.some((line) => line.startsWith(`${name}{`) && line.includes(`${label}="`)),
        expression,
      );
  }
});

test('the dashboard for Grafana shows metrics that there are, each panel in a place of its own', async () => {
  const names = await metricNames();
  const { panels, templating } = JSON.parse(textOf('config/grafana/streamherd.json'));
  assert.ok(panels.length > 20);
  const asked = [...JSON.stringify([panels, templating]).matchAll(/\b(?:streamherd|process|nodejs)_\w+/g)].map(
    ([name]) => name,
  );
  assert.ok(asked.length > panels.length);
  assert.equal(
    asked.filter((name) => !names.has(name)),
    [],
  );
  const places = panels.map(({ gridPos: { x, y } }: { gridPos: { x: number; y: number } }) => `${x} ${y}`);
  assert.is(new Set(places).size, panels.length);
  assert.is(new Set(panels.map(({ id }: { id: number }) => id)).size, panels.length);
});

test.run();
