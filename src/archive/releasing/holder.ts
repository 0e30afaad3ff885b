import type { ReturnSettings } from '../archive-messages.ts';
import type { HerdHomes } from '../herd-homes.ts';
import { Pace } from '../pace.ts';
import type { PackId } from '../pack/pack-name.ts';
import { noteHome } from './adoption.ts';
import { DebtsDesk } from './debts-desk.ts';
import { Owing } from './owing.ts';
import { Releasing } from './releasing.ts';
import type { ReleasingOptions } from './releasing-options.ts';

export interface HolderOptions extends Omit<ReleasingOptions, 'pace' | 'onEnd' | 'graceMs' | 'herd'> {
  readonly returning: Pick<ReturnSettings, 'graceMs' | 'adoptMs'>;
  readonly herd: HerdHomes;
}

/** Of media whose index has lost its hash: as slow as what is sealed at a start. */
const READ_BYTES_A_SECOND = 50 * 1024 ** 2;
/** Until this server knows its own record. */
const NO_SESSION = 'none';

/** The holder's side of a return, put together. */
export class Holder {
  readonly releasing: Releasing;
  /** For the servers that bring their recordings home. */
  readonly desk: DebtsDesk;
  /** For operators. */
  readonly owing: Owing;
  /**
   * A closed pack that this server has as its home belongs to another one: it is a debt from now on.
   *
   * @returns false: no such pack is known here. @throws Error of the disk
   */
  readonly owe: (stream: string, pack: PackId, home: string) => Promise<boolean>;

  constructor(options: HolderOptions) {
    const { clock, server, herd, returning, isClockInDoubt } = options;
    const reading = new Pace(clock, READ_BYTES_A_SECOND);
    const pace = (bytes: number) => reading.take(bytes);
    // With a clock that is wrong each home may seem to have been away for years.
    const adoptMs = () => (isClockInDoubt() ? null : returning.adoptMs);
    this.releasing = new Releasing({
      ...{ ...options, graceMs: returning.graceMs, pace, onEnd: (ended) => this.owing.ended(ended) },
      herd: {
        captureAtOf: (stream) => herd.captureAtOf(stream),
        goneWhy: (home) => herd.goneWhy(home, clock.unixMs(), adoptMs()),
      },
    });
    this.owe = async (stream, id, home) => {
      const { disk, catalogue } = options;
      const pack = this.releasing.find(stream, id);
      const place = pack && catalogue.placeOf(stream, pack.root);
      if (pack === undefined || place === undefined) return false;
      if (pack.home === server) await noteHome({ disk, catalogue, server, home, stream, pack, place, pace });
      return true;
    };
    const session = () => herd.sessionOf(server) ?? NO_SESSION;
    this.desk = new DebtsDesk({ ...options, disk: options.promptDisk, releasing: this.releasing, session, pace });
    const problemOf = (home: string) => (isDown(herd, home) ? `${home} is down` : undefined);
    this.owing = new Owing({ ...options, releasing: this.releasing, problemOf });
  }
}

function isDown(herd: HerdHomes, server: string): boolean {
  const state = herd.servers.get(server)?.state;
  return state === 'down' || state === 'removed';
}
