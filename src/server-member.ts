import { randomUUID } from 'node:crypto';
import type { SpareFfmpegs } from './actors/ffmpeg/spare-ffmpegs.ts';
import type { ToolWatch } from './actors/ffmpeg/tool-watch.ts';
import type { ApiSources } from './api/api-thread.ts';
import type { ArchiveThread } from './archive/archive-thread.ts';
import { type Config, liveFolderOf } from './config/config.ts';
import { secretsOf } from './config/hidden-texts.ts';
import { reportHost } from './doctor/host-checks.ts';
import type { StreamName } from './domain/definition/stream-name.ts';
import type { Gate } from './domain/gate.ts';
import type { HerdEvent, Told } from './domain/herd-event.ts';
import type { Log } from './domain/log.ts';
import type { PeerFacts } from './domain/peers/peer-facts.ts';
import type { ServerFault } from './domain/records/server-record.ts';
import { Counts } from './domain/tally.ts';
import { HerdMember, type MemberWorld } from './herd/herd-member.ts';
import { beatsOverBus } from './herd/joining/bus-beats.ts';
import { checkHerd, ownFacts, tellRefused } from './herd/joining/check-herd.ts';
import { tellOfBus } from './herd/joining/herd-bus.ts';
import { HerdMemory } from './herd/joining/herd-memory.ts';
import { openDirect } from './herd/joining/own-direct-beats.ts';
import type { SelfCheck } from './herd/joining/self-check.ts';
import { ownBoot, ownSite } from './herd/joining/server-site.ts';
import { type Start, untilFilled } from './herd/joining/start.ts';
import { ConfiguredStreams } from './herd/operating/configured-streams.ts';
import { debugLines } from './herd/operating/debug-lines.ts';
import { DrainMark } from './herd/operating/drain-mark.ts';
import { certificateEvent, storageEvent, toolEvent } from './herd/operating/event-teller.ts';
import { logOrders } from './herd/operating/log-orders.ts';
import { notifyOrders } from './herd/operating/notify-orders.ts';
import { everySharedTick } from './host/clock.ts';
import { ControlDelay } from './host/control-delay.ts';
import { DiskWatch } from './host/disk/disk-watch.ts';
import { folderId } from './host/disk/folder-id.ts';
import type { LogBook } from './host/log.ts';
import type { DirectBeats } from './http/beats/direct-beats.ts';
import type { Buckets } from './nats/buckets/buckets.ts';
import type { Bus } from './nats/connection/bus.ts';
import { serveControl } from './nats/services/control.ts';
import type { EventLog } from './nats/services/event-log.ts';
import { openGossip } from './nats/services/multicast.ts';
import type { NotifyThread } from './notify/notify-thread.ts';
import type { Http } from './server-http.ts';
import type { ServerSignals } from './server-signals.ts';
import { LeaseReports } from './warden/lease-reports.ts';
import { REFUSED_EXIT_CODE } from './warden/server-end.ts';
import type { WardenLine } from './warden/warden-line.ts';

/** What the machine and the bus give to the member of the herd that runs on them. */
export interface Ground {
  readonly config: Config;
  readonly configFile: string;
  readonly version: string;
  readonly logs: LogBook;
  /** Of the herd, in `logs`. */
  readonly log: Log;
  readonly warden: WardenLine;
  readonly signals: ServerSignals;
  readonly dataDir: string;
  readonly programs: ToolWatch;
  /** Of the calls into the disk of the data folder. */
  readonly disk: Gate;
  readonly spares: SpareFfmpegs | undefined;
  readonly openFfmpeg: MemberWorld['openFfmpeg'];
  readonly http: Http;
  readonly archive: ArchiveThread;
  readonly notify: NotifyThread;
  readonly start: Start;
  readonly bus: Bus;
  readonly stores: Buckets;
  readonly events: EventLog;
}

/** @returns the exit code. */
export async function runMember(ground: Ground): Promise<number> {
  const { config, configFile, version, logs, log, signals, dataDir, programs, http, bus, stores } = ground;
  const drainMark = new DrainMark(dataDir);
  const draining = await signals.unlessAborted(drainMark.isSet());
  const facts = ownFacts(config, version, await signals.unlessAborted(folderId(dataDir)));
  const tally = new Counts();
  const { streams } = stores;
  const file = new ConfiguredStreams(config, configFile, {
    ...{ streams, log },
    onAccess: (access) => http.setAccess(access),
    onRead: (read) => {
      logs.settings = read.log;
      logs.secrets = [...secretsOf(config), ...secretsOf(read)];
      ground.notify.configure(read.notify);
    },
  });
  await using memory = new HerdMemory(dataDir, log, ground.disk);
  await using direct = await openDirect(config, facts, logs.of('beats'));
  using disk = new DiskWatch({ folder: config.liveDir ?? dataDir });
  await using member = new HerdMember({
    ...worldOf(ground),
    ...{ self: selfOf(config, dataDir, direct), direct, memory, draining, drainMark, tally },
    fault: () => faultOf(disk.problem ?? ground.archive.storageProblem, programs.problem),
    applyFile: (definitions) => file.apply(definitions),
  });
  const { herd } = member;
  member.follow({ rosterChanged: (live) => direct?.setPeers(live) });
  member.follow(debugLines(herd, logs));
  using _bus = tellOfBus(bus, herd.tell);
  tellOfFaults(herd.tell, programs, disk);
  ground.http.followCertificate((state) => herd.tell(certificateEvent(state)));
  ground.notify.follow(herd.tell);
  ground.archive.follow({ told: herd.tell, storageChanged: (problem) => herd.tell(storageEvent(problem)) });
  await signals.unlessAborted(disk.looked());
  await signals.unlessAborted(untilFilled(herd, { start: ground.start, bus, log }));
  // Awaited here: what was acquired is released when this returns.
  return await live(ground, { member, file, facts, tally });
}

interface Living {
  readonly member: HerdMember;
  readonly file: ConfiguredStreams;
  readonly facts: PeerFacts;
  readonly tally: Counts;
}

/** From the first look at the herd to the end of this server's part in it. */
async function live(ground: Ground, { member, file, facts, tally }: Living): Promise<number> {
  const { config, log, warden, signals, dataDir, http, archive, bus } = ground;
  const { herd, link, operator } = member;
  const { killMs, fenceMs } = config.times;
  using leases = new LeaseReports({ line: warden, killMs, capturing: () => member.isBusy });
  member.follow({ sessionOpened: (session) => leases.opened(session), standingChanged: () => leases.report() });
  const site = ownSite(dataDir);
  using check = checkHerd({ config, facts, herd, site, api: http.api });
  using _control = closing(serveControl(bus, config.serverName, (command) => operator.obey(command)));
  using _host = reportHost(dataDir, log);
  using delay = new ControlDelay(fenceMs / CONTROL_DELAYS_IN_A_FENCE, (delayMs) => {
    const why = `its control thread was ${Math.round(delayMs)} ms late: the machine has too much to do, or stood still`;
    herd.tell({ kind: 'server-delayed', why });
  });
  await signals.unlessAborted(member.applyFile());
  signals.drive({ leave: () => link.leave(), reload: () => void file.reload(herd.definitions) });
  archive.rulesTold();
  member.join();
  using _readiness = every(READINESS_MS, () => http.media.setReadiness(operator.ready()));
  http.api.serve(apiSources(ground, { member, check, tally, delay }));
  log.info(`${config.serverName} serves ${config.publicUrl} (port ${http.media.port})`);

  const outcome = await Promise.race([link.ended, signals.failed]);
  if (outcome.ended === 'refused') await tellRefused(outcome.why, config.serverName, site, herd, bus);
  log.info(`${config.serverName} ${outcome.ended === 'left' ? 'has left' : 'ends'}: ${outcome.why}`);
  const code = { left: 0, refused: REFUSED_EXIT_CODE, failed: 1 }[outcome.ended];
  // Where captures do not end by SIGKILL a disk hangs, and a pack would not be closed: it is finished at the next start.
  if (outcome.ended !== 'failed') await archive.close(`${config.serverName} has ended`);
  // Its captures are dead, and only closing is left: steps of it that hang need not be waited for.
  warden.tell({ type: 'done', code });
  return code;
}

/** The part of the member's world that needs no construction. */
function worldOf({ config, http, archive, notify, bus, stores, events, log, openFfmpeg, signals }: Ground) {
  const { serverName, peers, times, live, archiveReturn } = config;
  return {
    ...{ ...stores, times, log, openFfmpeg, bus },
    peers: peers.map(({ name }) => name),
    ...{ segmentMs: live.segmentMs, lowLatency: live.lowLatency },
    adoptMs: archiveReturn.adoptMs ?? undefined,
    liveFolder: liveFolderOf(config),
    archive,
    media: http.media,
    beats: beatsOverBus(bus, serverName),
    openGossip: (onMessage: (server: string, text: string) => void) => openGossip(bus, serverName, onMessage),
    newSession: randomUUID,
    publish: (event: HerdEvent) => {
      notify.take(event);
      events.publish(event);
    },
    onBroken: (why: string) => signals.fail(`a capture may be out of control: ${why}`),
    onStuck: (why: string) => signals.fail(why),
  };
}

/** What this server's record says of it. */
function selfOf(config: Config, dataDir: string, direct: DirectBeats | undefined): MemberWorld['self'] {
  const { serverName: server, publicUrl, peerUrl, capacity } = config;
  const boot = ownBoot();
  return {
    ...{ server, publicUrl, peerUrl, capacity, ...ownSite(dataDir) },
    ...(direct !== undefined && { beatUrl: direct.beatUrl }),
    ...(boot !== undefined && { boot }),
  };
}

/** Tells of what is wrong with this machine: at once of ffmpeg, which has been tried, and later of every change. */
function tellOfFaults(tell: (told: Told) => void, programs: ToolWatch, disk: DiskWatch): void {
  if (programs.problem !== undefined) tell(toolEvent(programs.problem));
  programs.follow((problem) => tell(toolEvent(problem)));
  disk.follow((problem) => tell(storageEvent(problem)));
}

interface Shown extends Pick<Living, 'member' | 'tally'> {
  readonly check: SelfCheck;
  readonly delay: ControlDelay;
}

function faultOf(cannotStore: string | undefined, cannotCapture: string | undefined): ServerFault {
  return { ...(cannotStore !== undefined && { cannotStore }), ...(cannotCapture !== undefined && { cannotCapture }) };
}

/** What the API answers from. */
function apiSources(
  { config, bus, http, logs, notify, spares }: Ground,
  { member, check, tally, delay }: Shown,
): ApiSources {
  const { herd, link, operator } = member;
  return {
    streamNames: () => herd.definitions.names(),
    // Names are those that `streamNames` and changes gave.
    stream: (name) => herd.views.facts(name as StreamName),
    servers: () => {
      const { clockOffsetsMs } = check;
      const { views, placing } = herd;
      const roster = placing.returns.servers();
      return { servers: views.servers(), roster, clockOffsetsMs, peerUrls: views.peerUrls() };
    },
    captureNames: () => herd.captures.busy,
    capture: (name) => herd.captures.figures(name as StreamName),
    changes: operator,
    orders: { ...logOrders(logs), ...notifyOrders(notify, config.serverName, () => member.session?.session ?? '') },
    state: () => ({
      readiness: operator.ready(),
      counts: tally.now,
      media: http.media.figures,
      standing: link.stands,
      busConnected: bus.connected,
      spares: spares?.ready ?? 0,
      control: delay.figures,
    }),
    follow: (feed) => member.follow(feed),
  };
}

/** A control thread that is later than this may soon be too late for its lease. */
const CONTROL_DELAYS_IN_A_FENCE = 3;
const READINESS_MS = 100;

function every(everyMs: number, turn: () => void): Disposable {
  turn();
  return { [Symbol.dispose]: everySharedTick(everyMs, turn) };
}

function closing({ close }: { close(): void }): Disposable {
  return { [Symbol.dispose]: close };
}
