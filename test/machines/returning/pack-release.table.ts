import type { PackReleaseEvent } from '../../../src/machines/returning/pack-release-contract.ts';
import type { Table } from '../../support/transition-table.ts';

export type PackReleaseState =
  | 'owed'
  | 'resting'
  | 'asking'
  | 'burying'
  | 'erasing'
  | 'adopting'
  | 'released'
  | 'adopted'
  | 'gone';

/** Of the server `s02`, which holds a pack with the hash `abc` that belongs to `s01`; the question of each state is `open`. */
export const PACK_RELEASE_EVENTS = {
  receipt: { type: 'receipt', home: 's01', question: 'open', sha256: 'abc' },
  'receipt, null': { type: 'receipt', home: 's01', question: 'open', sha256: null },
  'receipt, other bytes': { type: 'receipt', home: 's01', question: 'open', sha256: 'def' },
  'receipt, old': { type: 'receipt', home: 's01', question: 'of an hour ago', sha256: 'abc' },
  'receipt, old null': { type: 'receipt', home: 's01', question: 'of an hour ago', sha256: null },
  'receipt, other home': { type: 'receipt', home: 's03', question: 'open', sha256: 'abc' },
  'grace.over': { type: 'grace.over' },
  'destination.changed': { type: 'destination.changed', destination: 's03' },
  'destination.changed, same': { type: 'destination.changed', destination: 's01' },
  'destination.changed, here': { type: 'destination.changed', destination: 's02' },
  'home.gone': { type: 'home.gone', why: 'removed' },
  'pack.gone': { type: 'pack.gone', why: 'too old' },
  buried: { type: 'buried' },
  erased: { type: 'erased' },
  adopted: { type: 'adopted' },
  'disk.failed': { type: 'disk.failed', why: 'read-only' },
} as const satisfies Record<string, PackReleaseEvent>;

export type PackReleaseColumn = keyof typeof PACK_RELEASE_EVENTS;

/** Does not compile when an event type is in no column. */
type Missing = Exclude<PackReleaseEvent['type'], (typeof PACK_RELEASE_EVENTS)[PackReleaseColumn]['type']>;
export const PACK_RELEASE_EVENTS_ARE_ALL: [Missing] extends [never] ? true : Missing = true;

const NOTHING = Object.fromEntries(Object.keys(PACK_RELEASE_EVENTS).map((column) => [column, '-'])) as Record<
  PackReleaseColumn,
  '-'
>;

/** `owed` and the like stand for "it stays, and this is done". */
export const PACK_RELEASE_TABLE: Table<PackReleaseState, PackReleaseColumn> = {
  owed: {
    receipt: 'resting: receipt.taken, rest',
    'receipt, null': 'owed: receipt.taken',
    'receipt, other bytes': 'owed: receipt.refused',
    'receipt, old': 'owed: receipt.refused',
    'receipt, old null': 'owed: receipt.refused',
    'receipt, other home': 'owed: receipt.refused',
    'grace.over': '-',
    'destination.changed': 'owed: ask',
    'destination.changed, same': '-',
    'destination.changed, here': 'adopting: adopt',
    'home.gone': 'adopting: adopt',
    'pack.gone': 'gone',
    buried: '-',
    erased: '-',
    adopted: '-',
    'disk.failed': '-',
  },
  resting: {
    // The answer to the first one was lost.
    receipt: 'resting: receipt.taken',
    'receipt, null': 'owed: receipt.taken, ask',
    'receipt, other bytes': 'resting: receipt.refused',
    'receipt, old': 'resting: receipt.refused',
    'receipt, old null': 'resting: receipt.refused',
    'receipt, other home': 'resting: receipt.refused',
    'grace.over': 'asking: ask',
    'destination.changed': '-',
    'destination.changed, same': '-',
    'destination.changed, here': '-',
    'home.gone': 'adopting: adopt',
    'pack.gone': 'gone',
    buried: '-',
    erased: '-',
    adopted: '-',
    'disk.failed': '-',
  },
  asking: {
    receipt: 'burying: receipt.taken, bury',
    'receipt, null': 'owed: receipt.taken, ask',
    'receipt, other bytes': 'asking: receipt.refused',
    'receipt, old': 'asking: receipt.refused',
    'receipt, old null': 'asking: receipt.refused',
    'receipt, other home': 'asking: receipt.refused',
    'grace.over': '-',
    'destination.changed': '-',
    'destination.changed, same': '-',
    'destination.changed, here': '-',
    'home.gone': 'adopting: adopt',
    'pack.gone': 'gone',
    buried: '-',
    erased: '-',
    adopted: '-',
    'disk.failed': '-',
  },
  burying: {
    receipt: 'burying: receipt.taken',
    'receipt, null': 'burying: receipt.refused',
    'receipt, other bytes': 'burying: receipt.refused',
    'receipt, old': 'burying: receipt.refused',
    'receipt, old null': 'burying: receipt.refused',
    'receipt, other home': 'burying: receipt.refused',
    'grace.over': '-',
    'destination.changed': '-',
    'destination.changed, same': '-',
    'destination.changed, here': '-',
    'home.gone': '-',
    'pack.gone': 'gone',
    buried: 'erasing: erase',
    erased: '-',
    adopted: '-',
    'disk.failed': 'resting: rest',
  },
  erasing: {
    receipt: 'erasing: receipt.taken',
    'receipt, null': 'erasing: receipt.refused',
    'receipt, other bytes': 'erasing: receipt.refused',
    'receipt, old': 'erasing: receipt.refused',
    'receipt, old null': 'erasing: receipt.refused',
    'receipt, other home': 'erasing: receipt.refused',
    'grace.over': '-',
    'destination.changed': '-',
    'destination.changed, same': '-',
    'destination.changed, here': '-',
    'home.gone': '-',
    'pack.gone': 'gone',
    buried: '-',
    erased: 'released',
    adopted: '-',
    'disk.failed': 'resting: rest',
  },
  adopting: {
    receipt: 'adopting: receipt.refused',
    'receipt, null': 'adopting: receipt.refused',
    'receipt, other bytes': 'adopting: receipt.refused',
    'receipt, old': 'adopting: receipt.refused',
    'receipt, old null': 'adopting: receipt.refused',
    'receipt, other home': 'adopting: receipt.refused',
    'grace.over': '-',
    'destination.changed': '-',
    'destination.changed, same': '-',
    'destination.changed, here': '-',
    'home.gone': '-',
    'pack.gone': 'gone',
    buried: '-',
    erased: '-',
    adopted: 'adopted',
    // Owed until its destination, or that its home is gone, is told again.
    'disk.failed': 'owed: ask',
  },
  released: NOTHING,
  adopted: NOTHING,
  gone: NOTHING,
};
