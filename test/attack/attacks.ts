import type { Attack } from './attack.ts';
import { beatAttacks } from './beat-attacks.ts';
import { busAttacks } from './bus-attacks.ts';
import { connectionAttacks } from './connection-attacks.ts';
import { readerAttacks } from './reader-attacks.ts';
import { requestAttacks } from './request-attacks.ts';

/** In the order in which they are run. Sources that attack the herd are to be added here as one more list. */
export const ATTACKS: readonly Attack[] = [
  ...connectionAttacks,
  ...readerAttacks,
  ...requestAttacks,
  ...busAttacks,
  ...beatAttacks,
];

export function attacksNamed(parts: readonly string[]): readonly Attack[] {
  return ATTACKS.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
}
