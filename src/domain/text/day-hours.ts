/** Hours of the day as people write them: `22:00-06:00`. Minutes since midnight; an end before the beginning is on the next day. */
export interface DayHours {
  readonly fromMinute: number;
  readonly untilMinute: number;
}

const DAY_MINUTES = 1440;

/** The end of a day is `24:00`. `undefined`: not understood. */
export function parseDayHours(text: string): DayHours | undefined {
  const [, from = '', until = ''] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
  const fromMinute = minuteOf(from);
  const untilMinute = minuteOf(until);
  if (fromMinute === undefined || untilMinute === undefined) return undefined;
  return fromMinute === untilMinute || fromMinute === DAY_MINUTES ? undefined : { fromMinute, untilMinute };
}

export function printDayHours({ fromMinute, untilMinute }: DayHours): string {
  return `${printMinute(fromMinute)}-${printMinute(untilMinute)}`;
}

/** @param minute of the local day, from 0 to 1439. No hours at all are all hours. */
export function isWithinHours(hours: readonly DayHours[], minute: number): boolean {
  if (hours.length === 0) return true;
  return hours.some(({ fromMinute, untilMinute }) => {
    const isOneDay = fromMinute < untilMinute;
    return isOneDay ? minute >= fromMinute && minute < untilMinute : minute >= fromMinute || minute < untilMinute;
  });
}

function minuteOf(text: string): number | undefined {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(':').map(Number);
  const minute = hours * 60 + minutes;
  return minutes < 60 && minute <= DAY_MINUTES ? minute : undefined;
}

function printMinute(minute: number): string {
  const digits = (value: number) => String(value).padStart(2, '0');
  return `${digits(Math.floor(minute / 60))}:${digits(minute % 60)}`;
}
