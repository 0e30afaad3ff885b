import { Counter, Gauge, type Registry } from 'prom-client';
import type { ArchiveFigures } from '../archive/archive-figures.ts';
import type { ReturnsTold } from '../archive/operating/returns-told.ts';
import { LOSS_REASONS } from '../archive/recording/recording-counts.ts';

/** What the archive of this server has and does. */
export interface ArchiveReading {
  readonly figures: ArchiveFigures;
  /** Streams that have lines of their own, at most: the first by name. */
  readonly streamLimit: number;
}

export function setArchive(registry: Registry, { figures, streamLimit }: ArchiveReading): void {
  const { roots, streams, delayMs, waitingSegments, clockDoubt } = figures;
  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name: `streamherd_archive_${name}`, help, registers: [registry] }).set(value);
  gauge(
    'delay_seconds',
    'From the end of a segment to its being recorded: the longest of the last minute',
    delayMs / 1000,
  );
  gauge('waiting_segments', 'Segments that have waited for their disk for seconds', waitingSegments);
  gauge('clock_doubted', '1 while nothing is removed because of its age', Number(clockDoubt !== undefined));
  setRoots(registry, roots);
  setReturns(registry, figures.returns);
  const sumOf = (key: 'recordedMs' | 'recordedBytes' | 'lostMs') => streams.reduce((sum, one) => sum + one[key], 0);
  const counter = (name: string, help: string, value: number) =>
    new Counter({ name: `streamherd_archive_${name}_total`, help, registers: [registry] }).inc(value);
  counter('recorded_seconds', 'Seconds that were recorded', sumOf('recordedMs') / 1000);
  counter('recorded_bytes', 'Bytes that were recorded', sumOf('recordedBytes'));
  setLost(registry, streams);
  setStreams(registry, streams.toSorted((one, other) => (one.stream < other.stream ? -1 : 1)).slice(0, streamLimit));
}

function setRoots(registry: Registry, roots: ArchiveFigures['roots']): void {
  const of = (name: string, help: string) =>
    new Gauge({ name: `streamherd_archive_root_${name}`, help, labelNames: ['root'], registers: [registry] });
  const up = of('up', '1 while the folder can be written');
  const packs = of('packs', 'Packs in the folder');
  const bytes = of('bytes', 'Bytes of the packs in the folder');
  const free = of('free_bytes', 'Bytes that the disk of the folder has left');
  const days = of(
    'days_until_full',
    'Until its reserve decides how long recordings are kept; absent: not within a year',
  );
  for (const { root, problem, packs: held, bytes: heldBytes, freeBytes, daysUntilFull } of roots) {
    up.set({ root }, Number(problem === undefined));
    packs.set({ root }, held);
    bytes.set({ root }, heldBytes);
    if (freeBytes !== undefined) free.set({ root }, freeBytes);
    if (daysUntilFull !== undefined) days.set({ root }, daysUntilFull);
  }
}

/** Both sides: what is to come home to this server, and what it has that belongs to others. */
function setReturns(registry: Registry, { pulling, owing }: ReturnsTold): void {
  const options = (name: string, help: string, labelNames: readonly ('holder' | 'home')[]) => {
    return { name: `streamherd_archive_${name}`, help, labelNames: [...labelNames], registers: [registry] };
  };
  const stuck = new Gauge(options('return_stuck_packs', 'Packs that cannot return: an operator has to look', []));
  const toCome = new Gauge(options('to_return_bytes', 'Bytes that another server has for this one', ['holder']));
  const toComePacks = new Gauge(options('to_return_packs', 'Packs that another server has for this one', ['holder']));
  const rate = 'Bytes a second that came from another server in the last minute';
  const rates = new Gauge(options('return_bytes_per_second', rate, ['holder']));
  const came = new Counter(options('returned_bytes_total', 'Bytes that have come from another server', ['holder']));
  const camePacks = new Counter(
    options('returned_packs_total', 'Packs that have come from another server', ['holder']),
  );
  stuck.set(pulling.stuck.length);
  for (const { server: holder, packs, bytes, bytesASecond, returned } of pulling.from) {
    toCome.set({ holder }, bytes);
    toComePacks.set({ holder }, packs);
    rates.set({ holder }, bytesASecond);
    came.inc({ holder }, returned.bytes);
    camePacks.inc({ holder }, returned.packs);
  }
  const owed = new Gauge(options('owed_bytes', 'Bytes here that are to return to another server', ['home']));
  const owedPacks = new Gauge(options('owed_packs', 'Packs here that are to return to another server', ['home']));
  const resting = new Gauge(options('resting_bytes', 'Bytes here that their home has, in their grace', ['home']));
  const released = 'Bytes that were erased here after they had returned';
  const releasedBytes = new Counter(options('released_bytes_total', released, ['home']));
  for (const { home, packs, bytes, resting: rests, released: gone } of owing) {
    owed.set({ home }, bytes);
    owedPacks.set({ home }, packs);
    resting.set({ home }, rests.bytes);
    releasedBytes.inc({ home }, gone.bytes);
  }
}

function setLost(registry: Registry, streams: ArchiveFigures['streams']): void {
  const lost = new Counter({
    name: 'streamherd_archive_lost_seconds_total',
    help: 'Seconds that were captured and could not be recorded, by the kind of the reason',
    labelNames: ['reason'],
    registers: [registry],
  });
  // A reason that has not happened yet is 0, not unknown: alerts are about the first one too.
  for (const reason of LOSS_REASONS) lost.inc({ reason }, 0);
  for (const { lostMsByReason } of streams) {
    for (const reason of LOSS_REASONS) lost.inc({ reason }, (lostMsByReason[reason] ?? 0) / 1000);
  }
}

function setStreams(registry: Registry, streams: ArchiveFigures['streams']): void {
  if (streams.length === 0) return;
  const options = (name: string, help: string) => {
    return { name: `streamherd_archive_stream_${name}`, help, labelNames: ['stream'], registers: [registry] };
  };
  const bytes = new Gauge(options('bytes', 'Bytes of what this server has of the stream'));
  const packs = new Gauge(options('packs', 'Packs that this server has of the stream'));
  const recorded = new Counter(options('recorded_seconds_total', 'Seconds of the stream that were recorded'));
  const lost = new Counter(options('lost_seconds_total', 'Seconds of the stream that could not be recorded'));
  for (const { stream, bytes: heldBytes, packs: held, recordedMs, lostMs } of streams) {
    bytes.set({ stream }, heldBytes);
    packs.set({ stream }, held);
    recorded.inc({ stream }, recordedMs / 1000);
    lost.inc({ stream }, lostMs / 1000);
  }
}
