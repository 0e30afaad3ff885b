import { resolve } from 'node:path';
import { ffmpegActor } from './actors/ffmpeg/ffmpeg.ts';
import { SpareFfmpegs } from './actors/ffmpeg/spare-ffmpegs.ts';
import { StartGate } from './actors/ffmpeg/start-gate.ts';
import { ToolWatch } from './actors/ffmpeg/tool-watch.ts';
import { previews } from './actors/preview.ts';
import { type Config, defaultBeats } from './config/config.ts';
import { reportHost } from './doctor/host-checks.ts';
import type { StreamName } from './domain/definition/stream-name.ts';
import type { Log } from './domain/log.ts';
import type { PeerFacts } from './domain/peers/peer-facts.ts';
import { Counts } from './domain/tally.ts';
import { Herd } from './herd/herd.ts';
import { checkHerd, ownFacts, tellRefused } from './herd/joining/check-herd.ts';
import { busAccess, openBus, openOwnNats } from './herd/joining/herd-bus.ts';
import { HerdMemory } from './herd/joining/herd-memory.ts';
import { joinHerd } from './herd/joining/join-herd.ts';
import type { MembershipLink } from './herd/joining/membership-link.ts';
import type { SelfCheck } from './herd/joining/self-check.ts';
import { ownSite } from './herd/joining/server-site.ts';
import { type Start, untilFilled } from './herd/joining/start.ts';
import { ConfiguredStreams } from './herd/operating/configured-streams.ts';
import { DrainMark } from './herd/operating/drain-mark.ts';
import { storageEvent, toolEvent } from './herd/operating/event-teller.ts';
import { Operator } from './herd/operating/operator.ts';
import { ControlDelay } from './host/control-delay.ts';
import { DiskWatch } from './host/disk-watch.ts';
import { folderId } from './host/folder-id.ts';
import { FolderInUseError, lockFolder } from './host/folder-lock.ts';
import { type DirectBeats, openDirectBeats } from './http/beats/direct-beats.ts';
import { controlDisk } from './media/disk-places.ts';
import { liveSpool } from './media/segment-name.ts';
import { openBuckets } from './nats/buckets/buckets.ts';
import { BusSetupError, reasonOf } from './nats/connection/bus-error.ts';
import { serveControl } from './nats/services/control.ts';
import { openEventLog } from './nats/services/event-log.ts';
import { openGossip } from './nats/services/gossip.ts';
import { type Http, openHttp } from './server-http.ts';
import { ServerSignals } from './server-signals.ts';
import { LeaseReports } from './warden/lease-reports.ts';
import { killOrphanCaptures } from './warden/orphan-captures.ts';
import { REFUSED_EXIT_CODE } from './warden/server-end.ts';
import type { WardenLine } from './warden/warden-line.ts';

export interface ServerOptions {
  readonly config: Config;
  /** Read again on SIGHUP. */
  readonly configFile: string;
  readonly version: string;
  readonly log: Log;
  readonly warden: WardenLine;
}

/**
 * Runs one server of the herd until it is told to leave: acquires everything in order and releases it in reverse.
 *
 * @returns the exit code: 0 when it left, `REFUSED_EXIT_CODE` when the herd refused it, 1 when a capture could not be kept
 * under control.
 */
export async function runServer(options: ServerOptions): Promise<number> {
  using signals = new ServerSignals(options.log);
  try {
    return await serve(options, signals);
  } catch (error) {
    // What fails because it was told to end has not failed.
    if (!signals.aborted.aborted) throw error;
    options.log.info(`${options.config.serverName} has ended before it joined: ${reasonOf(error)}`);
    return 0;
  }
}

async function serve(
  { config, configFile, version, log, warden }: ServerOptions,
  signals: ServerSignals,
): Promise<number> {
  void warden.gone.then(() => signals.wardenGone());
  warden.tell({ type: 'started', server: config.serverName });
  const dataDir = resolve(config.dataDir);
  await using _lock = await lockFolder(dataDir);
  const drainMark = new DrainMark(dataDir);
  warden.tell({ type: 'locked', liveFolder: liveSpool(dataDir) });
  await killOrphanCaptures(liveSpool(dataDir), log);
  const told: { herd?: Herd } = {};
  const watch = ToolWatch.open({ onChange: (problem) => told.herd?.tell(toolEvent(problem)) });
  using programs = await signals.unlessAborted(watch);
  const { tools } = programs;
  const gate = new StartGate();
  const liveDisk = controlDisk();
  await using spares = await SpareFfmpegs.open({
    ...{ gate, tools, disk: liveDisk, liveFolder: liveSpool(dataDir), log },
    segmentMs: config.live.segmentMs,
    sourceTimeoutMs: config.times.sourceTimeoutMs,
  });
  await using http = await openHttp({ config, dataDir, previewOf: previews(tools), version, log });
  const start = startOf(http);
  start.waitsFor = 'it waits for its own nats-server';
  await using nats = await openOwnNats(config, dataDir, signals.aborted, log);
  // A nats-server of its own dies with this process: no obituary could be written to it, and none is needed.
  if (nats === null) warden.tell({ type: 'bus', ...busAccess(config, nats) });
  const access = busAccess(config, nats);
  http.api.connectBus(access);
  start.waitsFor = 'it connects to NATS';
  await using bus = await openBus(config, nats, { signal: signals.aborted, start, log });
  start.waitsFor = 'it waits for its buckets in NATS';
  const stores = await openBuckets(bus.bus, {
    log: (line) => log.info(line),
    warn: (line) => {
      start.waitsFor = line;
      log.warn(line);
    },
    signal: signals.aborted,
  });
  start.waitsFor = 'it reads what the herd has in NATS';
  const events = openEventLog(bus.bus, { log: (line) => log.warn(line) });
  await using _events = { [Symbol.asyncDispose]: () => events.close() };

  const late: { link?: MembershipLink; direct?: DirectBeats; check?: SelfCheck } = {};
  const gossip = openGossip(bus.bus, config.serverName, (server, text) => herd.reports.receive(server, text));
  const counts = new Counts();
  await using memory = new HerdMemory(dataDir, log, liveDisk);
  await using herd = new Herd({
    server: config.serverName,
    peers: config.peers.map(({ name }) => name),
    ...stores,
    times: config.times,
    segmentMs: config.live.segmentMs,
    liveFolder: liveSpool(dataDir),
    ffmpeg: ffmpegActor({ gate, tools, disk: liveDisk, spares, suspect: programs.suspect }),
    media: http.media,
    memory,
    log,
    tally: counts,
    shown: http.api,
    publish: (event) => events.publish(event),
    sendReports: (text) => void gossip.send(text),
    onRoster: (records) => {
      late.direct?.setPeers(records);
      late.check?.rosterChanged();
    },
    onAmnesia: (why) => late.link?.fence(`the bus lost data: ${why}`),
    onBroken: (why) => signals.fail(`a capture may be out of control: ${why}`),
  });
  bus.tell = (event) => herd.tell(event);
  told.herd = herd;
  if (programs.problem !== undefined) herd.tell(toolEvent(programs.problem));
  using disk = new DiskWatch({ folder: dataDir, onChange: (problem) => herd.tell(storageEvent(problem)) });
  await signals.unlessAborted(disk.looked());
  await signals.unlessAborted(untilFilled(herd, { start, bus: bus.bus, log }));

  const { killMs } = config.times;
  using leases = new LeaseReports({ line: warden, killMs, capturing: () => herd.captures.busy.size > 0 });
  const facts = ownFacts(config, version, await signals.unlessAborted(folderId(dataDir)));
  await using direct = await openDirect(config, facts, log);
  direct?.setPeers(herd.servers.live());
  if (direct !== undefined) late.direct = direct;
  using link = joinHerd({
    config,
    dataDir,
    bus: bus.bus,
    servers: stores.servers,
    direct,
    herd,
    log,
    fault: () => ({
      ...(disk.problem !== undefined && { cannotStore: disk.problem }),
      ...(programs.problem !== undefined && { cannotCapture: programs.problem }),
    }),
    tally: counts,
    draining: await signals.unlessAborted(drainMark.isSet()),
    onSession: (view) => leases.opened(view),
    onChange: () => leases.report(),
    onStuck: (why) => signals.fail(why),
  });
  late.link = link;
  using check = checkHerd({ config, facts, herd, api: http.api });
  late.check = check;
  const site = ownSite(dataDir);
  const operator = new Operator({
    config,
    bus: bus.bus,
    streams: stores.streams,
    servers: stores.servers,
    herd,
    link,
    drainMark,
    onNamesake: (other) => {
      // The server that was refused hears its own words too.
      if (other.host !== site.host || other.dataDir !== site.dataDir) check.namesake(other);
    },
  });
  using _control = closing(serveControl(bus.bus, config.serverName, (command) => operator.obey(command)));
  using _host = reportHost(dataDir, log);
  using delay = new ControlDelay(config.times.fenceMs / CONTROL_DELAYS_IN_A_FENCE, (delayMs) => {
    const why = `its control thread was ${Math.round(delayMs)} ms late: the machine has too much to do, or stood still`;
    herd.tell({ kind: 'server-delayed', why });
  });
  const configured = new ConfiguredStreams(config, configFile, {
    streams: stores.streams,
    definitions: herd.definitions,
    log,
    onAccess: (access) => http.setAccess(access),
  });
  const isApplied = await signals.unlessAborted(configured.apply());
  herd.recovery.restore = () => configured.apply();
  if (!isApplied) herd.recovery.restoreDefinitions();
  signals.onHangup = () => configured.reload();
  signals.onLeave = () => link.leave();
  link.start();
  using _readiness = every(READINESS_MS, () => http.media.setReadiness(operator.ready()));
  http.api.serve({
    streamNames: () => herd.definitions.names(),
    stream: (name) => herd.views.facts(name as StreamName),
    servers: () => {
      const { clockOffsetsMs } = check;
      return { servers: herd.views.servers(), roster: herd.rounds.servers(), clockOffsetsMs };
    },
    captureNames: () => herd.captures.busy,
    capture: (name) => herd.captures.figures(name as StreamName),
    changes: operator,
    state: () => ({
      readiness: operator.ready(),
      counts: counts.now,
      media: http.media.figures,
      standing: link.stands,
      busConnected: bus.bus.connected,
      spares: spares?.ready ?? 0,
      control: delay.figures,
    }),
  });
  log.info(`${config.serverName} serves ${config.publicUrl} (port ${http.media.port})`);

  const outcome = await Promise.race([link.ended, signals.failed]);
  if (outcome.ended === 'refused') await tellRefused(outcome.why, config.serverName, site, herd, bus.bus);
  log.info(`${config.serverName} ${outcome.ended === 'left' ? 'has left' : 'ends'}: ${outcome.why}`);
  const code = { left: 0, refused: REFUSED_EXIT_CODE, failed: 1 }[outcome.ended];
  // What is left is to close, and its captures are dead: whatever hangs at it need not be waited for.
  warden.tell({ type: 'done', code });
  return code;
}

/** Why a server that ended by `error` would only end of it again; `undefined`: starting it again may help. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof FolderInUseError || error instanceof BusSetupError ? error.message : undefined;
}

/** What a server that has not joined waits for: its API and `/readyz` say it. */
function startOf({ media, api }: Http): Start {
  let waitsFor = '';
  return {
    get waitsFor() {
      return waitsFor;
    },
    set waitsFor(why: string) {
      waitsFor = why;
      const starting = `this server is starting: ${why}`;
      // A server that has joined and waits for the bus again answers from its last view.
      if (api.starting(starting)) media.setReadiness({ ready: false, why: starting });
    },
  };
}

/** Without a key nobody could tell whose beats they are, so there are none. */
async function openDirect(config: Config, facts: PeerFacts, log: Log): Promise<DirectBeats | undefined> {
  const { serverName, clusterKey, beats, http, peerUrl, times } = config;
  if (clusterKey === undefined) {
    if (config.peers.length > 1) log.warn('no cluster_key: an outage of NATS will end the captures of this server');
    return undefined;
  }
  const direct = await openDirectBeats({
    clusterKey,
    server: serverName,
    facts,
    listen: beats ?? defaultBeats(http),
    orAnyPort: beats === undefined,
    peerUrl,
    timeoutMs: times.fenceMs / BEAT_TRIES_IN_A_FENCE,
    onRemark: (why) => log.warn(why),
  });
  log.info(`direct beats are heard at ${direct.beatUrl}`);
  return direct;
}

/** A control thread that is later than this may soon be too late for its lease. */
const CONTROL_DELAYS_IN_A_FENCE = 3;
const READINESS_MS = 100;

/** A beat that hangs leaves time for the next ones before anybody is fenced. */
const BEAT_TRIES_IN_A_FENCE = 3;

function every(everyMs: number, turn: () => void): Disposable {
  turn();
  const timer = setInterval(turn, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function closing({ close }: { close(): void }): Disposable {
  return { [Symbol.dispose]: close };
}
