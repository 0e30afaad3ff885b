import { mkdir, writeFile } from 'node:fs/promises';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { ListedSegments } from '../../../src/archive/catalogue/listed-segments.ts';
import { ArchiveRoots } from '../../../src/archive/disk/archive-roots.ts';
import { BoundedDisk } from '../../../src/archive/disk/bounded-disk.ts';
import { NodeDisk } from '../../../src/archive/disk/node-disk.ts';
import { readSegment } from '../../../src/archive/pack/pack-reading.ts';
import { Recorder } from '../../../src/archive/recording/recorder.ts';
import type { RecorderEvent } from '../../../src/archive/recording/recorder-event.ts';
import { finishRecordings } from '../../../src/archive/unfinished/unfinished-recordings.ts';
import { eventually } from '../eventually.ts';
import { HeapClock } from '../heap-clock.ts';
import { listedOf } from './listed.ts';
import { SEGMENT_MS, START_MS } from './pack-fixture.ts';
import { RECORDING, type Sent } from './recording-room.ts';
import { segmentBytes } from './transport-packets.ts';

const STEP_MS = 500;

export interface RealRoomInput {
  readonly live: string;
  readonly roots: readonly string[];
  readonly knownIds?: ReadonlyMap<string, string>;
  readonly sent?: Sent;
}

/** A recorder on real disks, with a clock that is turned by hand: so a disk hangs when the test says so, and never because the machine is busy. */
export class RealRoom {
  readonly disk: BoundedDisk;
  readonly events: RecorderEvent[] = [];
  readonly problems: string[] = [];
  readonly ids: Map<string, string>;
  readonly sent: Sent;
  readonly catalogue: Catalogue;
  readonly listed: ListedSegments;
  readonly roots: ArchiveRoots;
  readonly recorder: Recorder;
  readonly #live: string;
  readonly #heap = new HeapClock();
  readonly #clock = this.#heap.asClock(START_MS);

  constructor({ live, roots, knownIds = new Map(), sent = new Map() }: RealRoomInput) {
    this.#live = live;
    this.sent = sent;
    this.ids = new Map(knownIds);
    const onProblem = (problem: string) => this.problems.push(problem);
    const common = { disk: new BoundedDisk(new NodeDisk(), roots), clock: this.#clock, server: 's01' };
    this.disk = common.disk;
    this.catalogue = new Catalogue({ ...common, onProblem });
    this.listed = new ListedSegments({ disk: this.disk, catalogue: this.catalogue, onProblem });
    this.roots = new ArchiveRoots({
      ...{ ...common, paths: roots, knownIds, onChange: () => {} },
      onIdentity: async (path, id) => void this.ids.set(path, id),
    });
    const tell = (event: RecorderEvent) => this.#tell(event);
    this.recorder = new Recorder({ ...common, roots: this.roots, tell, syncMs: 10_000 });
  }

  /** Begins as a server does: what is on the roots is known, and packs that are open are closed. */
  async start(): Promise<this> {
    await this.roots.look();
    const { disk, catalogue, recorder } = this;
    const { open } = await catalogue.load(this.roots.online);
    await finishRecordings(
      {
        ...{
          disk,
          clock: this.#clock,
          catalogue,
          recorder,
          liveFolder: this.#live,
          left: new Map(),
          capturesHaveEnded: true,
        },
        ...{
          recordingOf: () => RECORDING,
          isOfThisRun: () => false,
          returnedWith: () => undefined,
          onFiled: () => {},
          pace: async () => {},
        },
        ...{ onProblem: (problem) => this.problems.push(problem), tell: (event) => this.#tell(event) },
      },
      open,
    );
    return this;
  }

  #tell(event: RecorderEvent): void {
    this.events.push(event);
    this.catalogue.apply(event);
  }

  /** A closed segment, of about 200 KB if nothing else is said. */
  async offer(stream: string, epoch: number, index: number, packetsPerFrame = 200): Promise<void> {
    const startMs = START_MS + index * SEGMENT_MS;
    const shape = { frames: 5, frameMs: 400, packetsPerFrame };
    const content = segmentBytes({ ...shape, fromMs: startMs % 86_400_000, seed: epoch * 1000 + index * 7 });
    const number = 900 + index;
    const file = `${this.#live}/${stream}/${epoch}-${number}.ts`;
    await mkdir(`${this.#live}/${stream}`, { recursive: true });
    await writeFile(file, content);
    this.sent.set(`${stream}/${epoch}-${number}`, content);
    const segment = { stream, epoch, number, discontinuity: index === 0, startMs, durationMs: SEGMENT_MS };
    this.recorder.offer({ ...segment, bytes: content.length, file }, RECORDING);
  }

  /** The clock goes on; what disks have answered meanwhile is taken. */
  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.#heap.advance(Math.min(STEP_MS, ms - passed));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Turns the clock until it is so, and gives the disks time to answer: `everyMs` for each half a second of the clock. */
  async until(what: string, check: () => boolean, everyMs = 50): Promise<void> {
    const turn = async () => {
      await this.advance(STEP_MS);
      return check();
    };
    await eventually(what, turn, { deadlineMs: 30_000, everyMs });
  }

  of<Type extends RecorderEvent['type']>(type: Type): readonly (RecorderEvent & { readonly type: Type })[] {
    return this.events.filter((event): event is RecorderEvent & { readonly type: Type } => event.type === type);
  }

  /** What is listed plays as it was sent. @throws Error for what is listed twice, or plays as something else. */
  async playable(): Promise<readonly string[]> {
    const names: string[] = [];
    for (const stream of this.catalogue.streams) {
      for (const segment of await listedOf(this.listed, stream)) {
        const name = `${stream}/${segment.epoch}-${segment.number}`;
        const read = await readSegment(this.disk, segment.media, segment);
        if (read.is !== 'whole' || !this.sent.get(name)?.equals(read.bytes))
          throw new Error(`${name} is not what was sent`);
        names.push(name);
      }
    }
    if (new Set(names).size < names.length) throw new Error(`listed twice: ${names}`);
    return names;
  }
}
