import type { HerdPicture, ServerRow, StreamRow } from './herd-picture.ts';

/** The picture as a table. Widths fit what is in it; `columns` cuts lines that a terminal would wrap. */
export function tableText(
  { servers, streams }: HerdPicture,
  nowMs: number,
  columns = Number.POSITIVE_INFINITY,
): string {
  const lines = [
    ...table(
      ['', 'SERVER', 'PID', 'STREAMS', 'STATE', 'DASHBOARD'],
      servers.map((row, index) => [
        `${index + 1}`,
        row.name,
        `${row.pid ?? '-'}`,
        `${row.streams}`,
        row.state,
        `${row.url}/`,
      ]),
    ),
    '',
    ...table(
      ['STREAM', 'SERVER', 'STATE', 'SINCE', 'PULLS', 'WHY'],
      streams.map((row) => [
        row.name,
        row.server ?? '-',
        row.state,
        age(row.since, nowMs),
        pullsText(row),
        [`${row.why}${row.captureAt === undefined ? '' : ` (capture_at ${row.captureAt})`}`, ...row.remarks].join('; '),
      ]),
    ),
  ];
  return lines.map((line) => cut(line, columns)).join('\n');
}

function pullsText({ pulls, peakPulls }: StreamRow): string {
  return peakPulls > 1 ? `${pulls}, ${peakPulls} AT ONCE` : `${pulls}`;
}

function age(since: string | undefined, nowMs: number): string {
  if (since === undefined) return '-';
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(since)) / 1000));
  if (!Number.isFinite(seconds)) return '-';
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** What has changed, a sentence each: for where no table can be redrawn. */
export function changeTexts(before: HerdPicture | undefined, after: HerdPicture): string[] {
  return [
    ...after.servers.flatMap((row) =>
      serverChange(
        before?.servers.find(({ name }) => name === row.name),
        row,
      ),
    ),
    ...after.streams.flatMap((row) =>
      streamChange(
        before?.streams.find(({ name }) => name === row.name),
        row,
      ),
    ),
  ];
}

function serverChange(before: ServerRow | undefined, after: ServerRow): string[] {
  const [was, is] = [before && steady(before.state), steady(after.state)];
  if (was === is && before?.pid === after.pid) return [];
  return [`server ${after.name}: ${is}${after.pid === undefined ? '' : ` (pid ${after.pid})`}`];
}

/** Without the countdown, which changes every second. */
function steady(state: string): string {
  return state.replace(/, back in \d+ s$/, '');
}

function streamChange(before: StreamRow | undefined, after: StreamRow): string[] {
  const changes: string[] = [];
  if (before?.server !== after.server || before?.state !== after.state) {
    const from = before?.server !== undefined && before.server !== after.server ? `${before.server} → ` : '';
    changes.push(`stream ${after.name}: ${from}${after.server ?? 'nowhere'}, ${after.state}: ${after.why}`);
  }
  if (after.peakPulls > Math.max(1, before?.peakPulls ?? 0)) {
    changes.push(`stream ${after.name}: its camera was pulled ${after.peakPulls} times at once`);
  }
  return changes;
}

/** The faults that the demo reports at its end; empty: all went well. */
export function faultTexts({ streams }: HerdPicture, cameras: number): string[] {
  const faults = streams.flatMap(({ name, state, why, pulls, peakPulls }) => [
    ...(state === 'live' && pulls > 0 ? [] : [`${name} is not captured: ${state}, ${why}`]),
    ...(peakPulls > 1 ? [`${name} was pulled ${peakPulls} times at once`] : []),
  ]);
  return streams.length === cameras ? faults : [...faults, `${streams.length} of ${cameras} streams are known`];
}
