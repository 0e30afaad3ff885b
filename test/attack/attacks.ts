import { archiveAttacks } from './archive-attacks.ts';
import type { Attack } from './attack.ts';
import { beatAttacks } from './beat-attacks.ts';
import { busAttacks } from './bus-attacks.ts';
import { cameraAttacks } from './camera-attacks.ts';
import { connectionAttacks } from './connection-attacks.ts';
import { fileAttacks } from './file-attacks.ts';
import { folderAttacks } from './folder-attacks.ts';
import { readerAttacks } from './reader-attacks.ts';
import { requestAttacks } from './request-attacks.ts';
import { secretAttacks } from './secret-attacks.ts';

/**
 * In the order in which they are run. Beside other tests a dozen servers start in the first half minute; what takes a whole core by
 * itself, and has to be answered 2 s later, comes after that.
 */
export const ATTACKS: readonly Attack[] = [
  ...readerAttacks,
  ...requestAttacks,
  ...connectionAttacks,
  ...archiveAttacks,
  ...busAttacks,
  ...beatAttacks,
  ...cameraAttacks,
  ...secretAttacks,
  ...fileAttacks,
  ...folderAttacks,
];

export function attacksNamed(parts: readonly string[]): readonly Attack[] {
  return ATTACKS.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
}
