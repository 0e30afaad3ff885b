import type { PackReturnOrder, PackReturnReport } from '../../../machines/returning/pack-return.ts';

/** What is being done with a pack, for operators. */
export const STEPS = {
  look: 'looked for on the disks of its home',
  fetch: 'fetched',
  sync: 'synced',
  readBack: 'read back',
  discard: 'thrown away, as it differs',
  place: 'put in its place',
  verify: 'read back in its place',
  receipt: 'confirmed to the holder',
} as const satisfies Record<PackReturnOrder['type'], string>;

/** Nothing lies in its place, so what has come may be removed. */
export const IS_FETCHING = {
  look: false,
  fetch: true,
  sync: true,
  readBack: true,
  discard: false,
  place: false,
  verify: false,
  receipt: false,
} as const satisfies Record<PackReturnOrder['type'], boolean>;

/** What failed last; `undefined`: nothing that concerns more than this pack. */
export type Blame = 'holder' | 'home' | undefined;

export function blameOf({ type }: PackReturnReport): Blame {
  if (type === 'fetch.failed' || type === 'receipt.failed') return 'holder';
  return type === 'disk.failed' ? 'home' : undefined;
}
