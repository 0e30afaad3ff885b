import type { PackReturnReport } from '../../../src/machines/returning/pack-return.ts';
import type { Table } from '../../support/transition-table.ts';

/** States that do differently when the holder asks again are there twice. */
export type PackReturnState =
  | 'looking'
  | 'looking, asked again'
  | 'verifying'
  | 'verifying, asked again'
  | 'fetching'
  | 'syncing'
  | 'readingBack'
  | 'discarding'
  | 'discarding the third'
  | 'placing'
  | 'confirming'
  | 'denying'
  | 'abandoning'
  | 'returned'
  | 'postponed'
  | 'stuck'
  | 'void';

export type PackReturnColumn = PackReturnReport['type'];

const WHY = { why: 'the disk says no' };
/** One of each kind. */
export const PACK_RETURN_REPORTS: { readonly [C in PackReturnColumn]: Extract<PackReturnReport, { type: C }> } = {
  'found.none': { type: 'found.none' },
  'found.part': { type: 'found.part' },
  'found.placed': { type: 'found.placed' },
  fetched: { type: 'fetched' },
  'fetch.failed': { type: 'fetch.failed', ...WHY },
  'source.gone': { type: 'source.gone', ...WHY },
  synced: { type: 'synced' },
  same: { type: 'same' },
  differs: { type: 'differs' },
  missing: { type: 'missing' },
  other: { type: 'other' },
  discarded: { type: 'discarded' },
  placed: { type: 'placed' },
  'receipt.taken': { type: 'receipt.taken' },
  'receipt.refused': { type: 'receipt.refused', ...WHY },
  'receipt.failed': { type: 'receipt.failed', ...WHY },
  'disk.failed': { type: 'disk.failed', ...WHY },
};

const NOTHING = {
  'found.none': '-',
  'found.part': '-',
  'found.placed': '-',
  fetched: '-',
  'fetch.failed': '-',
  'source.gone': '-',
  synced: '-',
  same: '-',
  differs: '-',
  missing: '-',
  other: '-',
  discarded: '-',
  placed: '-',
  'receipt.taken': '-',
  'receipt.refused': '-',
  'receipt.failed': '-',
  'disk.failed': '-',
} as const satisfies Record<PackReturnColumn, '-'>;

/** An order has the reports that answer it; every other one means nothing. */
export const PACK_RETURN_TABLE: Table<PackReturnState, PackReturnColumn> = {
  looking: {
    ...NOTHING,
    'found.none': 'fetching: fetch',
    'found.part': 'fetching: fetch',
    'found.placed': 'verifying: verify',
    'disk.failed': 'postponed',
  },
  'looking, asked again': {
    ...NOTHING,
    'found.none': 'verifying: verify',
    'found.part': 'verifying: verify',
    'found.placed': 'verifying: verify',
    'disk.failed': 'postponed',
  },
  verifying: {
    ...NOTHING,
    same: 'confirming: receipt',
    differs: 'fetching: fetch',
    missing: 'fetching: fetch',
    other: 'stuck',
    'fetch.failed': 'postponed',
    'source.gone': 'abandoning: discard',
    'disk.failed': 'postponed',
  },
  'verifying, asked again': {
    ...NOTHING,
    same: 'confirming: receipt',
    differs: 'denying: receipt',
    missing: 'denying: receipt',
    other: 'denying: receipt',
    'fetch.failed': 'postponed',
    'source.gone': 'abandoning: discard',
    'disk.failed': 'postponed',
  },
  fetching: {
    ...NOTHING,
    fetched: 'syncing: sync',
    'fetch.failed': 'postponed',
    'source.gone': 'abandoning: discard',
    'disk.failed': 'postponed',
  },
  syncing: {
    ...NOTHING,
    synced: 'readingBack: readBack',
    'source.gone': 'abandoning: discard',
    'disk.failed': 'postponed',
  },
  readingBack: {
    ...NOTHING,
    same: 'placing: place',
    differs: 'discarding: discard',
    'source.gone': 'abandoning: discard',
    'disk.failed': 'postponed',
  },
  discarding: { ...NOTHING, discarded: 'fetching: fetch', 'disk.failed': 'postponed' },
  'discarding the third': { ...NOTHING, discarded: 'stuck', 'disk.failed': 'postponed' },
  placing: {
    ...NOTHING,
    placed: 'confirming: receipt',
    'disk.failed': 'postponed',
  },
  confirming: {
    ...NOTHING,
    'receipt.taken': 'returned',
    'receipt.refused': 'postponed',
    'receipt.failed': 'postponed',
  },
  denying: {
    ...NOTHING,
    'receipt.taken': 'postponed',
    'receipt.refused': 'postponed',
    'receipt.failed': 'postponed',
  },
  abandoning: { ...NOTHING, discarded: 'void', 'disk.failed': 'void' },
  returned: NOTHING,
  postponed: NOTHING,
  stuck: NOTHING,
  void: NOTHING,
};
