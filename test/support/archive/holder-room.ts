import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import type { Debt } from '../../../src/archive/debts/debt.ts';
import type { ReceiptAnswer } from '../../../src/archive/debts/receipt.ts';
import { PromptDisk } from '../../../src/archive/disk/prompt-disk.ts';
import { IDENTITY_FILE } from '../../../src/archive/disk/root-identity.ts';
import { HerdHomes } from '../../../src/archive/herd-homes.ts';
import { Holder } from '../../../src/archive/releasing/holder.ts';
import type { KeepRule } from '../../../src/archive/retention/held-recording.ts';
import type { ServerPresence } from '../../../src/domain/records/stream-home.ts';
import { HeapClock } from '../heap-clock.ts';
import { MemoryDisk } from './memory-disk.ts';
import { START_MS, testSegments, writePack } from './pack-fixture.ts';

export const GRACE_MS = 3_600_000;
export const ADOPT_MS = 7 * 86_400_000;
/** The server that `writePack` names as the home of a pack. */
export const HOME = 's02';

const IDENTITY = JSON.stringify({ v: 1, id: 'disk-of-s01', server: 's01' });

/** A disk with one pack of another home, closed. */
export async function diskWithPack(segments = 4): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await disk.makeFolder('/disk');
  await disk.syncFolder('/');
  await writePack(disk, testSegments(segments));
  return disk;
}

/** The holder's side of a return, on a disk in memory and a clock that is turned by hand. */
export class HolderRoom {
  readonly disk: MemoryDisk;
  readonly catalogue: Catalogue;
  readonly holder: Holder;
  readonly problems: string[] = [];
  rule: KeepRule | undefined = {};
  isClockInDoubt = false;
  readonly #clock = new HeapClock();
  readonly #herd = new HerdHomes(() => this.#clock.now());

  constructor(disk = new MemoryDisk()) {
    this.disk = disk;
    const onProblem = (problem: string) => this.problems.push(problem);
    this.catalogue = new Catalogue({ disk, server: 's01', onProblem });
    const clock = this.#clock.asClock(START_MS);
    this.holder = new Holder({
      ...{
        disk,
        promptDisk: new PromptDisk(disk, clock, ['/disk']),
        catalogue: this.catalogue,
        server: 's01',
        herd: this.#herd,
        onProblem,
      },
      returning: { graceMs: GRACE_MS, adoptMs: ADOPT_MS },
      clock,
      ruleOf: () => this.rule,
      isClockInDoubt: () => this.isClockInDoubt,
    });
  }

  /** What is on the disk is known, and what an earlier run has begun is finished. */
  async open(): Promise<this> {
    if ((await this.disk.look(`/disk/${IDENTITY_FILE}`)) === undefined) {
      this.disk.tamper(`/disk/${IDENTITY_FILE}`, Buffer.from(IDENTITY));
    }
    await this.catalogue.load(['/disk']);
    this.holder.releasing.setRoots(['/disk']);
    await this.settle();
    return this;
  }

  captureAt(server: string): void {
    this.#herd.homesTold([{ stream: 'cam01', home: { home: server, captureAt: server } }]);
  }

  /** What the bucket says of the home. */
  homeIs(presence: ServerPresence): void {
    this.#herd.serversTold([{ ...presence, server: HOME, session: 'n2', address: 'http://s02:8080' }]);
  }

  async debts(home = HOME): Promise<readonly Debt[]> {
    return (await this.holder.desk.debts({ home })).debts;
  }

  /** The home says that it has what was owed, or what is `more`. */
  async receipt(
    debt: Debt,
    more: { home?: string; question?: string; sha256?: string | null } = {},
  ): Promise<ReceiptAnswer> {
    const { stream, epoch, firstNumber, startMs, question, sha256 } = debt;
    const answer = await this.holder.desk.receipt({
      ...{ stream, epoch, firstNumber, startMs, home: HOME, session: 'n2', question, sha256 },
      ...more,
    });
    await this.settle();
    return answer;
  }

  async graceOver(): Promise<void> {
    await this.advance(GRACE_MS);
  }

  async advance(ms: number): Promise<void> {
    this.#clock.advance(ms);
    await this.settle();
  }

  /** Resolves when all work is done that does not wait for the clock. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Paths of the files below the root, without its identity. */
  files(): readonly string[] {
    const paths = [...this.disk.contents().keys()].filter((path) => !path.endsWith(IDENTITY_FILE));
    return paths.map((path) => path.replace(/^\/disk\/cam01\//, '')).sort();
  }
}
