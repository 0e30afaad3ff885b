import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { ListedSegments } from '../../../src/archive/catalogue/listed-segments.ts';
import { ArchiveRoots } from '../../../src/archive/disk/archive-roots.ts';
import { readSegment } from '../../../src/archive/pack/pack-reading.ts';
import { Recorder } from '../../../src/archive/recording/recorder.ts';
import type { RecorderEvent } from '../../../src/archive/recording/recorder-event.ts';
import type { Tombstone } from '../../../src/archive/tombstones/tombstone-line.ts';
import { syncLastClosed } from '../../../src/archive/unfinished/last-closed.ts';
import { finishRecordings } from '../../../src/archive/unfinished/unfinished-recordings.ts';
import type { Segment } from '../../../src/domain/segments/segment.ts';
import type { Clock } from '../../../src/host/clock.ts';
import { TS_PACKET_BYTES } from '../../../src/media/format/transport-packet.ts';
import { HeapClock } from '../heap-clock.ts';
import { listedOf, type TestListed } from './listed.ts';
import { MemoryDisk } from './memory-disk.ts';
import { SEGMENT_MS, START_MS, testSegment } from './pack-fixture.ts';

export const LIVE = '/live';
export const RECORDING = { home: 's02', segmentMs: SEGMENT_MS, keepMs: 86_400_000 };

/** What the cameras of the trial sent, by stream and name. */
export type Sent = Map<string, Buffer>;

/** A recorder with a disk in memory and a clock that is turned by hand. */
export class RecordingRoom {
  readonly disk: MemoryDisk;
  readonly events: RecorderEvent[] = [];
  readonly problems: string[] = [];
  /** Packs of each stream that were erased, since their home has them. */
  readonly returned: Pick<Tombstone, 'epoch' | 'firstNumber' | 'lastNumber' | 'endMs'>[] = [];
  readonly catalogue: Catalogue;
  readonly listed: ListedSegments;
  readonly roots: ArchiveRoots;
  readonly recorder: Recorder;
  readonly sent: Sent;
  readonly #clock = new HeapClock();

  constructor({
    disk = new MemoryDisk(),
    roots = ['/disk'],
    sent = new Map(),
    maxWaitingBytes = 1e9,
  }: { disk?: MemoryDisk; roots?: readonly string[]; sent?: Sent; maxWaitingBytes?: number } = {}) {
    this.disk = disk;
    this.sent = sent;
    const clock = this.clock;
    this.catalogue = new Catalogue({ disk, server: 's01', onProblem: (problem) => this.problems.push(problem) });
    this.listed = new ListedSegments({
      disk,
      catalogue: this.catalogue,
      onProblem: (problem) => this.problems.push(problem),
    });
    this.roots = new ArchiveRoots({
      disk,
      clock,
      server: 's01',
      paths: roots,
      knownIds: new Map(),
      onIdentity: async () => {},
      onChange: () => {},
    });
    const tell = (event: RecorderEvent) => this.#tell(event);
    this.recorder = new Recorder({
      disk,
      clock,
      roots: this.roots,
      server: 's01',
      tell,
      syncMs: 10_000,
      maxWaitingBytes,
    });
  }

  #tell(event: RecorderEvent): void {
    this.events.push(event);
    this.catalogue.apply(event);
  }

  get clock(): Clock {
    return this.#clock.asClock(START_MS);
  }

  async start(): Promise<this> {
    await this.roots.look();
    return this;
  }

  /** As a start after an end of the server: what is on the disk is found, recorded and closed. */
  async recovered(): Promise<this> {
    let isOver = false;
    let failure: unknown;
    const over = (error?: unknown) => {
      isOver = true;
      failure = error;
    };
    void this.#recover().then(() => over(), over);
    for (let passed = 0; !isOver && passed < LONGEST_RECOVERY_MS; passed += STEP_MS) await this.advance(STEP_MS);
    if (!isOver) throw new Error('the recovery does not end');
    if (failure !== undefined) throw failure;
    return this;
  }

  async #recover(): Promise<void> {
    await this.start();
    const { open } = await this.catalogue.load(this.roots.online);
    const { disk, clock, catalogue, recorder } = this;
    const pace = async () => {};
    const onProblem = (problem: string) => this.problems.push(problem);
    for (const root of this.roots.online) await syncLastClosed({ disk, catalogue, root, onProblem });
    const recordingOf = () => RECORDING;
    await finishRecordings(
      {
        ...{
          disk,
          clock,
          catalogue,
          recorder,
          liveFolder: LIVE,
          recordingOf,
          capturesHaveEnded: true,
          pace,
          onProblem,
        },
        ...{ left: await this.#left(), isOfThisRun: () => false, onFiled: () => {} },
        returnedWith: (_stream, { epoch, number }) =>
          this.returned.find((pack) => {
            return pack.epoch === epoch && pack.firstNumber <= number && number <= pack.lastNumber;
          }),
        tell: (event) => this.#tell(event),
      },
      open,
    );
    await recorder.close('the server has ended');
  }

  async #left(): Promise<ReadonlyMap<string, readonly string[]>> {
    const folders = await this.disk.names(LIVE);
    return new Map(
      await Promise.all(folders.map(async (each) => [each, await this.disk.names(`${LIVE}/${each}`)] as const)),
    );
  }

  /** ffmpeg has closed a segment: its file is in the live folder, and the recorder is told. */
  offer(stream: string, epoch: number, number: number, startMs: number, discontinuity = false, recording = RECORDING) {
    const { durationMs, content } = testSegment(number + epoch * 100_000, startMs);
    const file = `${LIVE}/${stream}/${epoch}-${number}.ts`;
    this.disk.tamper(file, content);
    this.sent.set(`${stream}/${epoch}-${number}`, content);
    const segment: Segment = { stream, epoch, number, discontinuity, startMs, durationMs, bytes: content.length, file };
    this.recorder.offer(segment, recording);
    return segment;
  }

  /** Offers segments one after the other, as a capture does. */
  async capture(count: number, { stream = 'cam01', epoch = 17, from = 900, startMs = START_MS } = {}): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      this.offer(stream, epoch, from + index, startMs + index * SEGMENT_MS, index === 0);
      await this.advance(SEGMENT_MS);
    }
  }

  /** The same of the capture of `cam01`, which may have begun before: `from` segments have been offered already. */
  async captureOn(count: number, from: number): Promise<void> {
    for (let index = from; index < from + count; index += 1) {
      this.offer('cam01', 17, 900 + index, START_MS + index * SEGMENT_MS, index === 0);
      await this.advance(SEGMENT_MS);
    }
  }

  /** Resolves when all work is done that does not wait for the clock. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** @param stepMs shorter than the wait for any disk */
  async advance(ms: number, stepMs = STEP_MS): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.#clock.advance(Math.min(stepMs, ms - passed));
      await this.settle();
    }
  }

  of<Type extends RecorderEvent['type']>(type: Type): readonly (RecorderEvent & { readonly type: Type })[] {
    return this.events.filter((event): event is RecorderEvent & { readonly type: Type } => event.type === type);
  }

  async segments(stream: string): Promise<readonly TestListed[]> {
    return listedOf(this.listed, stream);
  }

  /** The names of what is listed and plays as it was sent, all of it. @throws Error for what is listed twice, or plays as something else. */
  async playable(stream: string): Promise<readonly string[]> {
    const names: string[] = [];
    for (const segment of await this.segments(stream)) {
      const read = await readSegment(this.disk, segment.media, segment);
      if (read.is !== 'whole') continue;
      const name = `${segment.epoch}-${segment.number}`;
      const sent = this.sent.get(`${stream}/${name}`);
      // If no index describes the end of the media, it is unknown whether its last packet was written whole.
      const certain = read.bytes.subarray(0, read.bytes.length - TS_PACKET_BYTES);
      const isWhole = sent?.equals(read.bytes) === true;
      if (!isWhole && sent?.subarray(0, certain.length).equals(certain) !== true) {
        throw new Error(`${stream}/${name} is not what was sent`);
      }
      if (isWhole) names.push(name);
    }
    if (new Set(names).size < names.length) throw new Error(`listed twice: ${names}`);
    return names;
  }
}

const STEP_MS = 500;
const LONGEST_RECOVERY_MS = 120_000;
