import { randomUUID } from 'node:crypto';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { sourceTests } from '../actors/source-test.ts';
import { ArchiveClient } from '../archive/archive-client.ts';
import type { ArchiveFigures } from '../archive/archive-figures.ts';
import { parseStreamName } from '../domain/definition/stream-name.ts';
import type { HerdEvent } from '../domain/herd-event.ts';
import type { WhatIfAnswer } from '../domain/status.ts';
import { PROCESS_CLOCK, pause } from '../host/clock.ts';
import { answersBehind } from '../host/priority.ts';
import type { AccessPolicy } from '../http/access/access.ts';
import { createApi } from '../http/api/api.ts';
import { type ApiHandler, ApiHost } from '../http/api/api-host.ts';
import { type ArchiveServer, ArchivesOfHerd, type HerdArchive } from '../http/api/archive/herd-archive.ts';
import type { Change, EventQuery, HerdApi } from '../http/api/herd-api.ts';
import type { Playback } from '../http/archive/playback.ts';
import { lookAtPeers } from '../http/beats/peer-check.ts';
import type { Bus } from '../nats/connection/bus.ts';
import type { BusAccess } from '../nats/connection/bus-address.ts';
import { connectBus } from '../nats/connection/connection.ts';
import { serveWhere } from '../nats/services/where-service.ts';
import { Cameras } from '../onvif/cameras.ts';
import type { ApiSettings, ApiState, CaptureFigures, ToApiThread, ToApiWorker } from './api-messages.ts';
import { ControlCalls } from './control-calls.ts';
import { EventHub } from './event-hub.ts';
import { HerdCopy } from './herd-copy.ts';
import { Metrics } from './metrics.ts';
import { openPlayback, toolsOfExports } from './open-playback.ts';
import { WhatIfs } from './what-ifs.ts';

/** Remarks that clients cause must not fill the log. */
const MAX_REMARKS_A_SECOND = 5;
/** The text of the metrics is written at most so often. */
const METRICS_FRESH_MS = 1000;
const FIGURES_WITHIN_MS = 500;

/**
 * The API worker: a thread of its own that answers the API, `/metrics`, event streams and the NATS service `where` from a copy of
 * the view. So the control thread is not delayed, however many clients ask and however much an answer costs. api-thread.ts is its other side.
 */
class ApiWorker {
  readonly #settings: ApiSettings;
  readonly #post: (message: ToApiThread) => void;
  readonly #copy = new HerdCopy(randomUUID().slice(0, 8));
  readonly #archive = new ArchiveClient();
  readonly #archives: HerdArchive;
  readonly #calls: ControlCalls;
  readonly #whatIfs: WhatIfs;
  readonly #metrics: Metrics;
  readonly #playback: Playback;
  readonly #newSources: Pick<HerdApi, 'testSource' | 'cameras'>;
  #fetch: ApiHandler;
  #state: ApiState | undefined;
  readonly #captures = new Map<string, CaptureFigures>();
  #clockOffsetsMs: ReadonlyMap<string, number> = new Map();
  #peerUrls: ReadonlyMap<string, string> = new Map();
  /** There when this thread has its connection to NATS. */
  readonly #events: Promise<EventHub>;
  #setEvents: (events: EventHub) => void = () => {};
  /** Why this server does not answer yet. */
  #starting: string | undefined = 'this server is starting: it has not joined its herd yet';
  #remarks = { second: 0, count: 0 };
  #metricsText: { readonly text: Promise<string>; readonly untilMs: number } | undefined;

  constructor(settings: ApiSettings, post: (message: ToApiThread) => void) {
    this.#settings = settings;
    this.#post = post;
    this.#calls = new ControlCalls(post);
    this.#archives = new ArchivesOfHerd({
      ...{ server: settings.server, clusterKey: settings.clusterKey, servers: () => this.#archiveServers() },
      ask: (call, question) => this.#archive.ask(call, question),
    });
    this.#whatIfs = new WhatIfs(() => this.#copy.placement());
    this.#metrics = new Metrics(settings.server, settings.version);
    this.#playback = openPlayback({
      settings,
      archive: this.#archive,
      copy: this.#copy,
      peerUrls: () => this.#peerUrls,
    });
    this.#newSources = { testSource: sourceTests(toolsOfExports(settings.tools)), cameras: new Cameras() };
    this.#events = new Promise((resolve) => {
      this.#setEvents = resolve;
    });
    this.#fetch = this.#api(settings.policy);
  }

  receive(message: ToApiWorker): void {
    if (message.type === 'streams') this.#copy.takeStreams(message.streams);
    else if (message.type === 'servers') {
      this.#copy.takeServers(message.facts);
      this.#clockOffsetsMs = message.facts.clockOffsetsMs;
      this.#peerUrls = message.facts.peerUrls;
    } else if (message.type === 'state') {
      this.#state = message.state;
      this.#copy.takeStale(message.state.readiness.stale);
    } else if (message.type === 'captures') this.#takeCaptures(message.captures);
    else if (message.type === 'look') void this.#look(message);
    else if (message.type === 'joined') this.#starting = undefined;
    else if (message.type === 'policy') this.#fetch = this.#api(message.policy);
    else if (message.type === 'starting') this.#starting = message.why;
    else if (message.type === 'media') this.#listen(message.port);
    else if (message.type === 'archive') this.#archive.connect(message.port);
    else if (message.type === 'bus') void this.#connect(message.access);
    else this.#calls.operated(message);
  }

  #takeCaptures(captures: readonly (readonly [string, CaptureFigures | null])[]): void {
    for (const [stream, figures] of captures) {
      if (figures === null) this.#captures.delete(stream);
      else this.#captures.set(stream, figures);
    }
  }

  /** Begins without remembered logins, so that a user who was removed is not let in. */
  #api(policy: AccessPolicy): ApiHandler {
    return createApi({ herd: this.#herd(), policy, remark: (why) => this.#remark(why) }).fetch;
  }

  #listen(port: MessagePort): void {
    const requests = new ApiHost(
      async (request, client) => {
        const played = await this.#playback.answer(request);
        if (played !== undefined) return played;
        if (this.#starting !== undefined) return Response.json({ error: this.#starting }, { status: 503 });
        return this.#fetch(request, client);
      },
      (message) => port.postMessage(message),
      (why) => this.#remark(why),
    );
    port.on('message', (message) => requests.receive(message));
    // The media worker has gone, and its clients with it.
    port.on('close', () => requests.abortAll());
  }

  async #connect(access: BusAccess): Promise<void> {
    const { server, version } = this.#settings;
    // Nothing is logged here: the control thread logs the state of its own connection.
    const bus: Bus = await connectBus({ ...access, name: `streamherd ${server} (API)`, onStatus: () => {} });
    this.#setEvents(new EventHub(bus));
    await serveWhere(bus, {
      version,
      server,
      where: (stream) => {
        const name = parseStreamName(stream);
        return name === undefined ? { found: 'unknown', stream } : this.#copy.where(name);
      },
      onStopped: (why) => this.#remark(`the where service stopped: ${why}`),
    });
  }

  #herd(): HerdApi {
    const copy = this.#copy;
    return {
      listing: (list) => copy.listing(list),
      version: () => copy.version,
      page: (limit, after) => copy.page(limit, after),
      stream: (name) => copy.stream(name),
      changesSince: (version, signal) => copy.changesSince(version, signal),
      where: (name) => copy.where(name),
      stale: () => copy.stale,
      whatIf: (without) => this.#whatIf(without),
      events: (query) => this.#eventsOf(query),
      ...this.#newSources,
      metrics: () => this.#text(),
      archive: this.#archives,
      ...this.#calls.changes,
    };
  }

  #archiveServers(): readonly ArchiveServer[] {
    return this.#copy.servers.map(({ name, session, state }) => {
      return { name, session, isUp: state !== 'down', peerUrl: this.#peerUrls.get(name) ?? '' };
    });
  }

  /** Here, and not on the control thread, which has no time for it. */
  async #look({ id, targets, asker }: Extract<ToApiWorker, { type: 'look' }>): Promise<void> {
    this.#post({ type: 'looked', id, looks: await lookAtPeers(targets, asker) });
  }

  async *#eventsOf(query: EventQuery): AsyncGenerator<HerdEvent> {
    const events = await this.#events;
    if (!query.signal.aborted) yield* events.events(query);
  }

  async #whatIf(without: string): Promise<Change<{ readonly answer: WhatIfAnswer }>> {
    const server = this.#copy.servers.find(({ name }) => name === without);
    if (server === undefined) return { ok: false, status: 404, error: `there is no server ${without}` };
    if (server.state === 'down') return { ok: false, status: 409, error: `${without} is down already` };
    return { ok: true, why: `the plan if ${without} died now`, answer: this.#whatIfs.without(without) };
  }

  #text(): Promise<string> {
    const nowMs = performance.now();
    if (this.#metricsText === undefined || nowMs > this.#metricsText.untilMs) {
      this.#metricsText = { text: this.#render(), untilMs: nowMs + METRICS_FRESH_MS };
    }
    return this.#metricsText.text;
  }

  async #render(): Promise<string> {
    if (this.#state === undefined) return '';
    const { server, streamMetrics } = this.#settings;
    const nowMs = Date.now();
    // By name, so that it is the same streams each time.
    const shown = [...this.#captures].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, streamMetrics);
    const captures = shown.flatMap(([stream, { failures, lastSegmentMs }]) => {
      const status = this.#copy.status(stream);
      if (status?.server !== server) return [];
      const { state, bitrateKbps } = status;
      return {
        ...{ stream, failures, isLive: state === 'live' },
        ...(bitrateKbps !== undefined && { bitrateKbps }),
        ...(lastSegmentMs !== undefined && { lastSegmentAgeMs: Math.max(0, nowMs - lastSegmentMs) }),
      };
    });
    const figures = await this.#archiveFigures();
    return this.#metrics.text({
      ...this.#state,
      streams: this.#copy.streams(),
      servers: this.#copy.servers,
      clockOffsetsMs: this.#clockOffsetsMs,
      captures,
      archive: figures && { figures, streamLimit: streamMetrics },
    });
  }

  /** Metrics do not wait for disks: without an answer in time they have no lines of the archive. */
  async #archiveFigures(): Promise<ArchiveFigures | undefined> {
    const asked = this.#archive.ask('figures', {}).catch(() => undefined);
    return Promise.race([asked, pause(PROCESS_CLOCK, FIGURES_WITHIN_MS).then(() => undefined)]);
  }

  #remark(why: string): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#remarks.second) this.#remarks = { second, count: 0 };
    this.#remarks.count += 1;
    if (this.#remarks.count <= MAX_REMARKS_A_SECOND) this.#post({ type: 'remark', why });
  }
}

answersBehind();
const port = parentPort;
// The one place where what crosses the thread boundary gets its types: both sides are of the same build.
port?.once('message', (settings: ApiSettings) => {
  const worker = new ApiWorker(settings, (message) => port.postMessage(message));
  port.on('message', (message: ToApiWorker) => worker.receive(message));
});
