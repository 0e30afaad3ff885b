import type { StreamFacts } from '../../api/api-messages.ts';
import type { StreamName } from '../../domain/definition/stream-name.ts';
import { epochOf, type OwnedRecord, recordedNumbers } from '../../domain/records/owner-record.ts';
import type { ServerRecord } from '../../domain/records/server-record.ts';
import { homeOf, recordedHome } from '../../domain/records/stream-home.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import { below } from '../../domain/redirect.ts';
import type { ServerStatus, StreamStatus, StreamUrls } from '../../domain/status.ts';
import type { OwnerView } from '../../machines/stream-contract.ts';
import type { CaptureReports } from '../capturing/capture-reports.ts';
import { problemsByServer } from '../joining/peer-problems.ts';
import type { ServerReturns } from '../placing/server-returns.ts';
import type { StreamPlacings } from '../placing/stream-placings.ts';
import type { Definitions } from './definitions.ts';
import type { Owners } from './owners.ts';
import type { Servers } from './servers.ts';

interface Deps {
  readonly server: string;
  readonly lowLatency: boolean;
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly reports: CaptureReports;
  readonly servers: Pick<Servers, 'get' | 'records'>;
  hasEnded(owner: OwnedRecord): boolean;
  readonly placings: Pick<StreamPlacings, 'failedBy' | 'unfitBy' | 'placing'>;
  readonly returns: Pick<ServerReturns, 'restOf'>;
  /** Why the last plan has it nowhere. */
  nowhere(stream: StreamName): string | undefined;
  /** See `isUnknownHome`. */
  isUnknownHome(captureAt: string | undefined): boolean;
  unixMs(): number;
}

interface LiveOwner {
  readonly server: string;
  readonly session: string;
  readonly epoch: number;
  readonly since: string;
  readonly why: string;
}

/** What the views together say of a stream, for its actor, for viewers and for people. All from memory. */
export class StreamViews {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The owner, if its session has not ended. */
  liveOwner(name: StreamName): LiveOwner | undefined {
    const { record, revision } = this.#deps.owners.get(name);
    if (record === undefined || record.session === null) return undefined;
    if (this.#deps.hasEnded(record)) return undefined;
    const { server, session, since, why } = record;
    return { server, session, epoch: epochOf(record, revision), since, why };
  }

  /** Where the stream's recordings belong; `undefined`: no server has claimed it yet. */
  home(name: StreamName): string | undefined {
    const { definitions, owners } = this.#deps;
    return homeOf(definitions.get(name)?.definition, owners.get(name).record);
  }

  /** The server that the record names, whether its session has ended or not. */
  owner(name: StreamName): string | undefined {
    return this.#deps.owners.get(name).record?.server || undefined;
  }

  ownerView(name: StreamName): OwnerView {
    const { record, revision } = this.#deps.owners.get(name);
    const { placings } = this.#deps;
    const failures = { failedBy: placings.failedBy(name), unfitBy: placings.unfitBy(name) };
    if (record === undefined) return { epoch: revision, server: null, session: null, live: false, ...failures };
    const known = { epoch: revision, home: recordedHome(record), ...failures, numbers: recordedNumbers(record) };
    if (record.session === null) {
      const { server, session, heir, moved } = record;
      return { ...known, server, session, live: false, heir, moved };
    }
    const { server, session } = record;
    const claimEpoch = epochOf(record, revision);
    return { ...known, server, session, live: !this.#deps.hasEnded(record), claimEpoch };
  }

  /** Where viewers find it; `undefined`: it is not defined. */
  place(name: StreamName): StreamPlace | undefined {
    if (this.#deps.definitions.get(name) === undefined) return undefined;
    const owner = this.liveOwner(name);
    if (owner === undefined) return { at: 'nowhere', why: this.#whyNowhere(name) };
    if (owner.server === this.#deps.server) {
      const { error, remark } = this.#report(name, owner) ?? {};
      // What follows the colon may name the camera's address, which is not for every viewer.
      const trouble = error?.split(': ', 1)[0] ?? remark;
      return { at: 'here', epoch: owner.epoch, ...(trouble !== undefined && { trouble }) };
    }
    const record = this.#deps.servers.get(owner.server);
    const publicUrl = this.#urlOf(owner.server);
    if (record === undefined || publicUrl === undefined) return { at: 'nowhere', why: this.#whyNowhere(name) };
    const { peerUrl } = record;
    return { at: 'elsewhere', epoch: owner.epoch, server: owner.server, publicUrl, peerUrl };
  }

  status(name: StreamName): StreamStatus | undefined {
    const defined = this.#deps.definitions.get(name);
    if (defined === undefined) return undefined;
    const { definition, refused } = defined;
    const home = this.home(name);
    const known = {
      name: name as string,
      ...(definition?.title !== undefined && { title: definition.title }),
      ...(definition?.captureAt !== undefined && { captureAt: definition.captureAt }),
      ...(home !== undefined && { home }),
      ...(this.#deps.isUnknownHome(definition?.captureAt) && { unknownHome: true as const }),
      ...(refused !== undefined && { refused }),
    };
    const owner = this.liveOwner(name);
    if (owner === undefined) {
      const state = definition === undefined || definition.disabled ? 'stopped' : 'idle';
      return { ...known, state, why: this.#whyNowhere(name) };
    }
    const { server, epoch, since, why } = owner;
    const report = this.#report(name, owner);
    const url = this.#urlOf(server);
    return {
      ...known,
      state: report?.state ?? 'claiming',
      server,
      epoch,
      since,
      why,
      ...(report?.bitrateKbps !== undefined && { bitrateKbps: report.bitrateKbps }),
      ...(report?.input !== undefined && { input: report.input }),
      ...(report?.input !== undefined && definition !== undefined && { inputs: definition.inputs.length }),
      ...(report?.sound !== undefined && { sound: report.sound }),
      ...(report?.error !== undefined && { error: report.error }),
      ...(report?.remark !== undefined && { remark: report.remark }),
      ...(report?.pushes !== undefined && { pushes: report.pushes }),
      ...(url !== undefined && { urls: this.#urlsIn(url, name) }),
    };
  }

  /** All that is shown of a stream. */
  facts(name: StreamName): StreamFacts | undefined {
    const status = this.status(name);
    const { definition, revision = 0 } = this.#deps.definitions.get(name) ?? {};
    const placing = this.#deps.placings.placing(name);
    return (
      status && {
        status,
        revision,
        ...(definition !== undefined && { definition }),
        ...(placing !== undefined && { placing }),
      }
    );
  }

  statuses(): StreamStatus[] {
    const names = [...this.#deps.definitions.entries()].map(([name]) => name).sort();
    return names.flatMap((name) => this.status(name) ?? []);
  }

  /** Where servers reach each other's HTTP, by name. */
  peerUrls(): ReadonlyMap<string, string> {
    return new Map([...this.#deps.servers.records()].map(({ server, peerUrl }) => [server, peerUrl]));
  }

  servers(): ServerStatus[] {
    const records = [...this.#deps.servers.records()].sort((a, b) => (a.server < b.server ? -1 : 1));
    const up = new Set(records.filter(({ state }) => state !== 'down').map(({ server }) => server));
    const found = problemsByServer(this.#deps.reports.problems().filter(([by]) => up.has(by)));
    return records.map((record) => {
      const { server: name, state, session, since, publicUrl: url, capacity } = record;
      const streams = state === 'down' ? 0 : this.#deps.owners.streamsOf(session).size;
      const isDrained = state === 'draining' && streams === 0;
      const why = isDrained ? 'it has no stream, and takes none while it is drained' : this.#whyServer(record);
      const problems = found.get(name);
      const status = {
        name,
        state: isDrained ? 'drained' : state,
        session,
        since,
        why,
        url,
        capacity,
        streams,
      } as const;
      return problems === undefined ? status : { ...status, problems };
    });
  }

  /** What is wrong with the server; if nothing is, until when it rests. */
  #whyServer({ server, state, cannotCapture, cannotStore, why }: ServerRecord): string {
    const fault = cannotCapture ?? cannotStore;
    if (fault !== undefined) return `takes no streams: ${fault}`;
    const rest = state === 'up' ? this.#deps.returns.restOf(server, this.#deps.unixMs()) : undefined;
    return rest === undefined ? why : `${why}; ${rest}`;
  }

  #report(name: StreamName, { server, epoch }: LiveOwner) {
    return this.#deps.reports.of(server, name, epoch);
  }

  /** What a server's record says, if it does. */
  #urlOf(server: string): string | undefined {
    return this.#deps.servers.get(server)?.publicUrl || undefined;
  }

  #urlsIn(publicUrl: string, stream: string): StreamUrls {
    const at = (leaf: string) => below(publicUrl, `/${stream}/${leaf}`);
    const { lowLatency } = this.#deps;
    return { hls: at('index.m3u8'), mpegts: at('mpegts'), ...(lowLatency && { lowLatency: at('low-latency.m3u8') }) };
  }

  /** Why viewers cannot be sent anywhere. */
  #whyNowhere(name: StreamName): string {
    const owner = this.liveOwner(name);
    if (owner !== undefined) return `its owner ${owner.server} is not known here yet`;
    const { definition, refused } = this.#deps.definitions.get(name) ?? {};
    if (definition === undefined) return `its definition was refused: ${refused ?? 'unknown'}`;
    if (definition.disabled) return 'it is disabled';
    const { record } = this.#deps.owners.get(name);
    const planned = this.#deps.nowhere(name);
    if (planned !== undefined) return planned;
    if (record === undefined) return 'no server has claimed it yet';
    if (record.server === null) return `it was handed back (${record.why}) and is about to be claimed`;
    return `its owner ${record.server} has ended, and it is about to be claimed by another`;
  }
}
