/**
 * A line with a check that shows whether it is whole: `<check> <JSON>`. Disks return half-written lines, zeros, and sometimes
 * another byte than was written. A changed digit would send a reader to the wrong bytes.
 *
 * The check is a CRC-32, as in gzip: a day of one stream has 43,200 lines, and a SHA-256 of each took longer than reading them. It finds
 * accidents, and more is not needed: a program that may write into the archive could also write a line with a right check.
 */
export const CHECK_CHARACTERS = 8;
/** JSON escapes line breaks, but not U+2028 and U+2029, which `.` takes for some. */
const LINE = /^([0-9a-f]{8}) (\{.*\})$/s;
const TABLE = crcTable();

export type CheckedLine =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string };

/** Without a line break. */
export function checkedLine(value: object): string {
  const json = JSON.stringify(value);
  return `${checkText(json)} ${json}`;
}

export function parseCheckedLine(line: string): CheckedLine {
  const [, check, json] = LINE.exec(line) ?? [];
  if (check === undefined || json === undefined) return refused('is torn: expected a check and an object in JSON');
  if (checkText(json) !== check) return refused('is damaged: its check does not fit');
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null
      ? { ok: true, value: { ...value } }
      : refused('is no object in JSON');
  } catch {
    return refused('is not JSON');
  }
}

/** The check of the bytes from `at` up to `endAt`, as a number. */
export function checkOf(bytes: Uint8Array, at: number, endAt: number): number {
  let check = 0xffff_ffff;
  for (let index = at; index < endAt; index += 1) {
    check = (TABLE[(check ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (check >>> 8);
  }
  return (check ^ 0xffff_ffff) >>> 0;
}

function checkText(json: string): string {
  const bytes = Buffer.from(json);
  return checkOf(bytes, 0, bytes.length).toString(16).padStart(CHECK_CHARACTERS, '0');
}

function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
    return value >>> 0;
  });
}

function refused(problem: string): CheckedLine {
  return { ok: false, problem };
}
