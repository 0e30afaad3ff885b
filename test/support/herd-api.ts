import { HerdCopy } from '../../src/api/herd-copy.ts';
import { ArchiveUnavailable } from '../../src/archive/archive-client.ts';
import type { StreamDefinition } from '../../src/domain/definition/stream-definition.ts';
import { parseDefinition } from '../../src/domain/definition/stream-definition-schema.ts';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import type { ServerStatus, StreamStatus } from '../../src/domain/status.ts';
import { ArchivesOfHerd } from '../../src/http/api/archive/herd-archive.ts';
import type { ApplyStepAnswer, EventQuery, HerdApi, Refusal } from '../../src/http/api/herd-api.ts';

/** A herd in memory, without a cluster: it has all that the API asks for. */
export interface MemoryHerd extends HerdApi {
  readonly definitions: Map<string, StreamDefinition>;
  readonly log: HerdEvent[];
  /** The changes that were asked for, in order. */
  readonly asked: string[];
  /** Adds to the log and tells the followers. */
  happened(event: Partial<HerdEvent>): void;
  /** Readers of events that wait for the next. */
  followers(): number;
  /** Answers say that they come from the last view. */
  staleSince?: string;
  /** What the status of a stream says instead of the usual. */
  readonly statuses: Map<string, Partial<StreamStatus>>;
  servers: readonly ServerStatus[];
  /** Acts as if the API worker had died: earlier versions of the lists are no longer known. */
  beginAnew(): void;
}

const SINCE = '2026-11-22T06:00:00.000Z';

export function memoryHerd(): MemoryHerd {
  const definitions = new Map<string, StreamDefinition>();
  const revisions = new Map<string, number>();
  const log: HerdEvent[] = [];
  const asked: string[] = [];
  const followers = new Set<() => void>();

  const statuses = new Map<string, Partial<StreamStatus>>();
  const status = (name: string): StreamStatus => ({
    ...{ name, state: 'live', server: 's01', epoch: 7, since: SINCE, why: 's01 is furthest below its quota' },
    ...statuses.get(name),
  });
  let runs = 1;
  let copy = new HerdCopy('memory1');
  /** Sends what the control thread would send. */
  const refresh = ({ staleSince, servers }: Pick<MemoryHerd, 'staleSince' | 'servers'>) => {
    const gone = copy.streams().filter(({ name }) => !definitions.has(name));
    copy.takeStreams([
      ...gone.map(({ name }) => [name, null] as const),
      ...[...definitions].map(
        ([name, definition]) => [name, { status: status(name), definition, revision: 1 }] as const,
      ),
    ]);
    copy.takeServers({ servers, roster: [] });
    copy.takeStale(staleSince === undefined ? undefined : { since: staleSince, why: 'the bus is away' });
  };
  const missing = (what: string): Refusal => ({ ok: false, status: 404, error: `there is no ${what}` });
  const wasChanged = (name: string): Refusal => ({ ok: false, status: 409, error: `${name} was changed: look again` });
  const ofServer = async (verb: string, name: string) => {
    if (name !== 's01' && name !== 's02') return missing(`server ${name}`);
    asked.push(`${verb} ${name}`);
    return { ok: true, why: `${verb} as asked` } as const;
  };

  return {
    definitions,
    statuses,
    servers: [serverStatus('s01'), serverStatus('s02')],
    log,
    asked,
    followers: () => followers.size,
    beginAnew() {
      runs += 1;
      copy = new HerdCopy(`memory${runs}`);
    },
    happened(event) {
      refresh(this);
      log.push({ at: SINCE, kind: 'stream-live', server: 's01', session: 'x1', why: 'it plays', ...event });
      for (const wake of followers) wake();
    },
    listing(list) {
      refresh(this);
      return copy.listing(list);
    },
    changesSince(version, signal) {
      refresh(this);
      return copy.changesSince(version, signal);
    },
    version() {
      refresh(this);
      return copy.version;
    },
    page(limit, after) {
      refresh(this);
      return copy.page(limit, after);
    },
    stream: (name) => {
      const definition = definitions.get(name);
      return definition && { status: status(name), definition, revision: revisions.get(name) ?? 1 };
    },
    putStream: async (name, text, seen) => {
      const parsed = parseDefinition(text);
      if (!parsed.ok) return { ok: false, status: 400, error: 'the definition is refused', problems: parsed.problems };
      const created = !definitions.has(name);
      const revision = created ? 0 : (revisions.get(name) ?? 1);
      if (seen !== undefined && seen !== revision) return wasChanged(name);
      revisions.set(name, revision + 1);
      definitions.set(name, parsed.definition);
      return { ok: true, created, why: 'published' };
    },
    deleteStream: async (name, seen) => {
      if (seen !== undefined && seen !== (revisions.get(name) ?? 1)) return wasChanged(name);
      return definitions.delete(name) ? { ok: true, why: 'removed' } : missing(`stream ${name}`);
    },
    removeServer: (name) => ofServer('remove', name),
    where: (name) => {
      if (!definitions.has(name)) return { found: 'unknown', stream: name };
      if (name.startsWith('gap')) return { found: 'nowhere', stream: name, why: 'no server is up' };
      const url = `http://s01:8080/${name}`;
      const urls = { hls: `${url}/index.m3u8`, mpegts: `${url}/mpegts` };
      return { found: 'live', stream: name, server: 's01', url: 'http://s01:8080', epoch: 7, state: 'live', urls };
    },
    drain: (name) => ofServer('drain', name),
    undrain: (name) => ofServer('undrain', name),
    move: async (stream, to) => {
      if (!definitions.has(stream)) return missing(`stream ${stream}`);
      asked.push(`move ${stream} ${to}`);
      return { ok: true, why: 'being handed over' };
    },
    whatIf: async (without) => {
      if (without !== 's01') return missing(`server ${without}`);
      const names = [...definitions.keys()];
      const moves = names.map((stream) => ({ stream, from: without, to: 's02', why: 'it is the only one' }));
      const servers = [
        { name: 's01', before: names.length, after: 0 },
        { name: 's02', before: 0, after: names.length },
      ];
      return { ok: true, why: 'planned', answer: { without, moves, nowhere: [], servers } };
    },
    apply: async (file, streams, dryRun) => {
      asked.push(`apply ${file} ${dryRun}`);
      const steps = Object.keys(streams).map((name): ApplyStepAnswer => ({ name, action: 'create', why: 'new' }));
      return { ok: true, why: 'applied', steps };
    },
    setLog: async (level, subsystem) => {
      asked.push(`log ${level}${subsystem === undefined ? '' : ` ${subsystem}`}`);
      return { ok: true, why: `${level}, as asked` };
    },
    testNotify: async () => {
      asked.push('test notify');
      return { ok: true, why: 'told', trials: [{ receiver: 'https://chat', ok: false, why: 'it answers 500' }] };
    },
    logTail: async () => ({ ok: true, why: 'its newest lines', lines: ['a line'] }),
    acted(action) {
      this.happened({ kind: 'operator-acted', ...action });
    },
    events: (query) => eventsOf(log, followers, query),
    stale() {
      return this.staleSince === undefined ? undefined : { since: this.staleSince, why: 'the bus is away' };
    },
    testSource: async ({ url, onBegin }) => {
      onBegin?.();
      asked.push(`test ${url}`);
      return { ok: true, seenS: 6, video: { codec: 'h264', fps: 25 }, says: ['Its picture is copied.'] };
    },
    cameras: { search: async () => ({ cameras: [], remarks: [], isAsked: true }), profiles: async () => undefined },
    metrics: async () => '# TYPE streamherd_streams gauge\n',
    archive: new ArchivesOfHerd({
      server: 's01',
      ask: () => Promise.reject(new ArchiveUnavailable('this herd has no archive')),
      servers: () => [],
    }),
  };
}

/** The facts of a healthy server, with the changes in `more`. */
export function serverStatus(name: string, more: Partial<ServerStatus> = {}): ServerStatus {
  const url = `http://${name}:8080`;
  const well = { state: 'up', session: 'x1', since: SINCE, why: 'it beats', capacity: 1, streams: 1 } as const;
  return { name, url, ...well, ...more };
}

async function* eventsOf(log: readonly HerdEvent[], followers: Set<() => void>, query: EventQuery) {
  const { since, history, follow, stream, kinds, signal } = query;
  const isWanted = (event: HerdEvent) =>
    (since === undefined || event.at >= since) &&
    (stream === undefined || event.stream === stream) &&
    (kinds === undefined || kinds.includes(event.kind));
  const past = log.filter(isWanted);
  yield* past.slice(past.length - Math.min(history, past.length));
  let seen = log.length;
  while (follow && !signal.aborted) {
    const next = log[seen];
    if (next) {
      seen += 1;
      if (isWanted(next)) yield next;
      continue;
    }
    await new Promise<void>((resolve) => {
      const wake = () => {
        followers.delete(wake);
        resolve();
      };
      followers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
