/** Times and durations as addresses name them. */

/** The end of the year 9999. */
export const MAX_UNIX_MS = 253_402_300_799_000;
/** The longest time in one question. */
export const MAX_DURATION_S = 31 * 86_400;
/** Unix seconds, or RFC 3339. Within an address, so that it can be told from what follows. */
export const TIME_PATTERN = String.raw`\d{1,12}(?:\.\d{1,3})?|\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+ -]\d\d:\d\d)`;
export const TIME_EXPECTED = 'Unix seconds, as 1795327200, or RFC 3339, as 2026-11-22T06:00:00Z';
export const DURATION_EXPECTED = `seconds, from 1 to ${MAX_DURATION_S} (31 days)`;

const WHOLE_TIME = new RegExp(`^(?:${TIME_PATTERN})$`);
const DATE = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:[Zz]|([+ -])(\d\d):(\d\d))$/;

/** Unix milliseconds; `undefined`: it names no time. */
export function parseTime(text: string): number | undefined {
  if (!WHOLE_TIME.test(text)) return undefined;
  if (!text.includes(':')) return within(Math.round(Number(text) * 1000));
  const [, date = '', time = '', fraction = '', sign = '+', hours = '00', minutes = '00'] = DATE.exec(text) ?? [];
  const localMs = Date.parse(`${date}T${time}Z`);
  // A day that its month does not have would be read as a day of the next month.
  if (Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(`${date}T${time}`)) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  // A "+" in a query stands for a space, and arrives as one.
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return within(localMs - offsetMs + Math.floor(Number(`0${fraction}`) * 1000));
}

function within(unixMs: number): number | undefined {
  return unixMs >= 0 && unixMs <= MAX_UNIX_MS ? unixMs : undefined;
}

/** Milliseconds; `undefined`: it is no duration, or one of nothing, or too long. */
export function parseDuration(text: string, maxS: number = MAX_DURATION_S): number | undefined {
  if (!/^\d{1,12}(?:\.\d{1,3})?$/.test(text)) return undefined;
  const ms = Math.round(Number(text) * 1000);
  return ms > 0 && ms <= maxS * 1000 ? ms : undefined;
}
