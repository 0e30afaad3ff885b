import type { ArchiveDisk } from '../disk/archive-disk.ts';

const LEVELS = [/^\d{4}$/, /^\d\d$/, /^\d\d$/];

/** The days that a stream's folder has, `2026/11/22`, the newest first. */
export async function daysIn(disk: ArchiveDisk, folder: string): Promise<readonly string[]> {
  let found = [''];
  for (const digits of LEVELS) {
    const next: string[] = [];
    for (const above of found) {
      const names = await disk.names(above === '' ? folder : `${folder}/${above}`);
      next.push(...names.filter((name) => digits.test(name)).map((name) => (above === '' ? name : `${above}/${name}`)));
    }
    found = next;
  }
  return found.toSorted().reverse();
}
