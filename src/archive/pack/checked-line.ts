import { createHash } from 'node:crypto';

/**
 * A line that knows whether it is whole: `<check> <JSON>`. Disks return lines that were half written, zeros, and now and then
 * another byte than the one that was written. A digit that has changed would send a reader to the wrong bytes.
 */
const CHECK_CHARACTERS = 8;
const LINE = /^([0-9a-f]{8}) (\{.*\})$/;

export type CheckedLine =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string };

/** Without a line break. */
export function checkedLine(value: object): string {
  const json = JSON.stringify(value);
  return `${checkOf(json)} ${json}`;
}

export function parseCheckedLine(line: string): CheckedLine {
  const [, check, json] = LINE.exec(line) ?? [];
  if (check === undefined || json === undefined) return refused('is torn: expected a check and an object in JSON');
  if (checkOf(json) !== check) return refused('is damaged: its check does not fit');
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null
      ? { ok: true, value: { ...value } }
      : refused('is no object in JSON');
  } catch {
    return refused('is not JSON');
  }
}

function checkOf(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, CHECK_CHARACTERS);
}

function refused(problem: string): CheckedLine {
  return { ok: false, problem };
}
