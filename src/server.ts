import { join, resolve } from 'node:path';
import { ffmpegActor } from './actors/ffmpeg/ffmpeg.ts';
import { SpareFfmpegs } from './actors/ffmpeg/spare-ffmpegs.ts';
import { StartGate } from './actors/ffmpeg/start-gate.ts';
import { Taps } from './actors/ffmpeg/taps.ts';
import { ToolWatch } from './actors/ffmpeg/tool-watch.ts';
import { PackCommands } from './actors/pack-commands.ts';
import { previews } from './actors/preview.ts';
import { ArchiveThread } from './archive/archive-thread.ts';
import { knownRootsFile } from './archive/disk/known-roots.ts';
import type { RunPackCommand } from './archive/handing-on/pack-command.ts';
import { archiveRootsOf, type Config, liveFolderOf } from './config/config.ts';
import type { Log } from './domain/log.ts';
import { busAccess, openBus, openOwnNats } from './herd/joining/herd-bus.ts';
import type { Start } from './herd/joining/start.ts';
import { FolderInUseError, lockFolder } from './host/disk/folder-lock.ts';
import type { LogBook } from './host/log.ts';
import { controlDisk } from './media/disk-places.ts';
import { openBuckets } from './nats/buckets/buckets.ts';
import { BusSetupError, reasonOf } from './nats/connection/bus-error.ts';
import { openEventLog } from './nats/services/event-log.ts';
import { NotifyThread } from './notify/notify-thread.ts';
import { type Http, openHttp, partsSocketIn } from './server-http.ts';
import { runMember } from './server-member.ts';
import { ServerSignals } from './server-signals.ts';
import { killOrphanCaptures } from './warden/orphan-captures.ts';
import type { WardenLine } from './warden/warden-line.ts';

export interface ServerOptions {
  readonly config: Config;
  /** Read again on SIGHUP. */
  readonly configFile: string;
  readonly version: string;
  readonly logs: LogBook;
  readonly warden: WardenLine;
}

/**
 * Runs one server of the herd until it is told to leave: acquires everything in order and releases it in reverse.
 *
 * @returns the exit code: 0 when it left, `REFUSED_EXIT_CODE` when the herd refused it, 1 when a capture could not be kept
 * under control.
 */
export async function runServer(options: ServerOptions): Promise<number> {
  const log = options.logs.of('herd');
  using signals = new ServerSignals(log);
  try {
    return await serve(options, signals);
  } catch (error) {
    // A step that fails because the server was told to end is no failure.
    if (!signals.aborted.aborted) throw error;
    log.info(`${options.config.serverName} has ended before it joined: ${reasonOf(error)}`);
    return 0;
  }
}

/** Acquires the resources of the machine first, then those of the bus; the member of the herd needs both. */
async function serve(options: ServerOptions, signals: ServerSignals): Promise<number> {
  const { config, version, logs, warden } = options;
  void warden.gone.then(() => signals.wardenGone());
  warden.tell({ type: 'started', server: config.serverName });
  const dataDir = resolve(config.dataDir);
  await using _lock = await lockFolder(dataDir);
  const liveFolder = liveFolderOf(config);
  // Captures that are found there are ended: they must be this server's.
  await using _liveLock = config.liveDir === undefined ? undefined : await lockFolder(liveFolder);
  warden.tell({ type: 'locked', liveFolder });
  await killOrphanCaptures(liveFolder, logs.of('capture'));
  const { serverName: server, notify: receivers } = config;
  await using notify = new NotifyThread({ server, version, receivers, log: logs.of('notify') });
  let commands: PackCommands | undefined;
  await using archive = openArchive(
    config,
    logs.of('archive'),
    async (command) => commands?.run(command) ?? NOT_STARTED,
  );
  using programs = await signals.unlessAborted(ToolWatch.open());
  const { tools } = programs;
  using packCommands = new PackCommands(tools);
  commands = packCommands;
  const gate = new StartGate();
  const pushGate = new StartGate({ width: PUSHES_AT_ONCE });
  const disk = controlDisk();
  const { taps, partsSocket, sendTo } = await openTaps(config, dataDir);
  await using spares = await SpareFfmpegs.open({
    ...{ gate, tools, disk, liveFolder, taps, log: logs.of('capture') },
    segmentMs: config.live.segmentMs,
    sourceTimeoutMs: config.times.sourceTimeoutMs,
  });
  const openFfmpeg = (stands: () => boolean) =>
    ffmpegActor({ gate, pushGate, tools, disk, stands, spares, taps, suspect: programs.suspect });
  const previewOf = previews(tools);
  await using http = await openHttp({ config, dataDir, archive, partsSocket, previewOf, tools, version, logs });
  sendTo(http.media);
  const start = startOf(http, warden);

  const natsLog = logs.of('nats');
  start.waitsFor = 'it waits for its own nats-server';
  await using nats = await openOwnNats(config, dataDir, signals.aborted, natsLog);
  // A nats-server of its own dies with this process: no obituary could be written to it, and none is needed.
  if (nats === null) warden.tell({ type: 'bus', ...busAccess(config, nats) });
  http.api.connectBus(busAccess(config, nats));
  start.waitsFor = 'it connects to NATS';
  await using bus = await openBus(config, nats, { signal: signals.aborted, start, log: natsLog });
  start.waitsFor = 'it waits for its buckets in NATS';
  const stores = await openBuckets(bus, {
    log: (line) => natsLog.info(line),
    warn: (line) => {
      start.waitsFor = line;
      natsLog.warn(line);
    },
    signal: signals.aborted,
  });
  start.waitsFor = 'it reads what the herd has in NATS';
  const events = openEventLog(bus, { log: (line) => natsLog.warn(line) });
  await using _events = { [Symbol.asyncDispose]: () => events.close() };
  // Awaited here: what was acquired is released when this returns.
  return await runMember({
    ...options,
    ...{ log: logs.of('herd'), signals, dataDir, programs, disk, spares, openFfmpeg },
    ...{ http, archive, notify, start, bus, stores, events },
  });
}

/** Parts of segments go from each ffmpeg to the media worker, which is told of them by the control thread: it starts after the first ffmpeg. */
async function openTaps({ live }: Config, dataDir: string) {
  const partsSocket = live.lowLatency ? await partsSocketIn(dataDir) : undefined;
  let media: Http['media'] | undefined;
  const taps = partsSocket === undefined ? undefined : new Taps(partsSocket, (id, run) => media?.setTap(id, run));
  return {
    ...{ partsSocket, taps },
    sendTo: (host: Http['media']) => {
      media = host;
    },
  };
}

/** Why a new start after `error` would fail again; `undefined`: starting it again may help. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof FolderInUseError || error instanceof BusSetupError ? error.message : undefined;
}

/** A herd whose receivers all come back at once has its captures to start first. */
const PUSHES_AT_ONCE = 2;
const NOT_STARTED = { ok: false, why: 'the server is starting' } as const;

/** After the captures of an earlier run have ended, and before there are others: what is in the live folder now was left. */
function openArchive(config: Config, log: Log, runCommand: RunPackCommand): ArchiveThread {
  const { syncMs, verifyMs, onPack } = config.archive;
  return new ArchiveThread({
    settings: {
      server: config.serverName,
      roots: archiveRootsOf(config),
      liveFolder: liveFolderOf(config),
      identitiesFile: knownRootsFile(resolve(config.dataDir)),
      syncMs,
      onPack,
      onPackFile: join(resolve(config.dataDir), 'archive-on-pack'),
      ...(verifyMs !== null && { verifyMs }),
      returnsPausedFile: join(resolve(config.dataDir), 'returns-paused'),
      returnsUnconfirmedFile: join(resolve(config.dataDir), 'returns-unconfirmed'),
      returning: { ...config.archiveReturn, afterMs: config.times.returnAfterMs },
      clusterKey: config.clusterKey,
    },
    runCommand,
    onRemark: (why) => log.warn(`archive: ${why}`),
    onCrash: (why) => log.error(`archive: ${why}`),
  });
}

/** What a server that has not joined waits for: its API, `/readyz` and the warden say it. */
function startOf({ media, api }: Http, warden: WardenLine): Start {
  let waitsFor = '';
  return {
    get waitsFor() {
      return waitsFor;
    },
    set waitsFor(why: string) {
      waitsFor = why;
      warden.tell({ type: 'waiting', why });
      const starting = `this server is starting: ${why}`;
      // A server that has joined and waits for the bus again answers from its last view.
      if (api.starting(starting)) media.setReadiness({ ready: false, why: starting });
    },
  };
}
