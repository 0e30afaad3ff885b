/**
 * Which room of `src/` may import which: the one table of directions. A room is a folder of `src/`, or a file directly in
 * it by its name. Every room may import itself.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  // What this machine gives: its clock, disk, log, open files and priorities.
  host: ['domain'],
  machines: ['domain'],
  media: ['domain'],
  // Cameras: looked for, and asked.
  onvif: ['domain'],
  // Tells receivers outside of the herd of events, on a thread of its own.
  notify: ['domain', 'host'],
  config: ['domain'],
  // nats: a connection of its own, for the obituary of a session whose process cannot write it any more.
  warden: ['domain', 'host', 'nats'],
  nats: ['domain', 'host'],
  // The life cycles of packs that return.
  archive: ['domain', 'host', 'machines', 'media'],
  // config: streams are defined over HTTP in the text of the file, too.
  http: ['domain', 'host', 'media', 'archive', 'config'],
  // The API's own thread: it reads events, and answers `where`, over a connection of its own.
  // actors: what is exported goes through an ffmpeg of that thread.
  api: ['domain', 'host', 'media', 'nats', 'archive', 'http', 'actors', 'onvif'],
  actors: ['domain', 'host', 'machines', 'media', 'nats'],
  herd: ['domain', 'host', 'machines', 'media', 'config', 'nats', 'archive', 'http', 'api', 'actors', 'notify'],
  // Tries the work of the other rooms, with their own code.
  doctor: ['domain', 'host', 'config', 'nats', 'archive', 'http', 'actors', 'herd'],
  'server-signals': ['domain'],
  'server-http': ['domain', 'host', 'config', 'archive', 'http', 'api'],
  // Builds the member of the herd on the machine and the bus.
  'server-member': [
    'domain',
    'host',
    'media',
    'config',
    'warden',
    'nats',
    'archive',
    'http',
    'api',
    'actors',
    'herd',
    'notify',
    'doctor',
    'server-http',
    'server-signals',
  ],
  server: [
    'domain',
    'host',
    'media',
    'config',
    'warden',
    'nats',
    'archive',
    'actors',
    'herd',
    'notify',
    'server-http',
    'server-member',
    'server-signals',
  ],
  demo: ['domain', 'host', 'config', 'nats', 'server'],
  cli: ['domain', 'host', 'config', 'nats', 'herd', 'doctor', 'onvif', 'server', 'demo', 'warden'],
  main: ['cli'],
};

/**
 * Directions between the folders of one room, where there is a clear one: `nats/connection` knows nothing of buckets. The room's own name
 * stands for what lies directly in it. A folder that is not named here may import every folder of its room; no file ever imports itself by way of others.
 */
export const MAY_IMPORT_WITHIN: Readonly<Record<string, readonly string[]>> = {
  'actors/ffmpeg': ['actors/push', 'actors'],
  'actors/push': ['actors'],
  'archive/disk': [],
  'archive/pack': ['archive/disk'],
  'archive/recording': ['archive/pack', 'archive/disk'],
  'archive/catalogue': ['archive', 'archive/recording', 'archive/pack', 'archive/disk'],
  // The words that pass between the servers of a return.
  'archive/debts': ['archive/retention', 'archive/pack'],
  'archive/tombstones': ['archive/retention', 'archive/catalogue', 'archive/pack', 'archive/disk'],
  'archive/releasing': [
    'archive',
    'archive/tombstones',
    'archive/operating',
    'archive/debts',
    'archive/retention',
    'archive/catalogue',
    'archive/pack',
    'archive/disk',
  ],
  'archive/peers': ['archive/debts', 'archive/pack', 'archive/disk'],
  'archive/playback': ['archive/retention', 'archive/catalogue', 'archive/pack', 'archive'],
  'archive/export': ['archive/playback', 'archive/catalogue'],
  'archive/retention': ['archive/catalogue', 'archive/pack', 'archive/disk'],
  'archive/operating': [
    'archive',
    'archive/verification',
    'archive/retention',
    'archive/catalogue',
    'archive/pack',
    'archive/disk',
  ],
  'archive/handing-on': ['archive/catalogue', 'archive/pack', 'archive/disk'],
  'archive/verification': ['archive', 'archive/catalogue', 'archive/pack', 'archive/disk'],
  'config/syntax': [],
  'config/reading': ['config/syntax', 'config'],
  'demo/cameras': ['demo/cameras/rtsp'],
  'domain/text': [],
  'domain/notify': ['domain'],
  'domain/records': ['domain/text'],
  'domain/definition': ['domain/records', 'domain/text', 'domain'],
  'domain/cameras': ['domain/definition'],
  'domain/segments': ['domain/records'],
  'domain/peers': ['domain/text', 'domain'],
  'domain/beats': ['domain/records', 'domain'],
  'domain/membership': ['domain/beats', 'domain/records', 'domain'],
  'domain/placement': ['domain/records', 'domain'],
  domain: ['domain/push', 'domain/text'],
  'domain/push': [],
  http: [],
  'http/access': ['http'],
  'http/archive': ['http'],
  'http/export': ['http/archive', 'http'],
  'http/fmp4': ['http/media', 'http'],
  'http/low-latency': ['http/fmp4', 'http/media', 'http'],
  'http/media': ['http/pages', 'http/play', 'http'],
  'http/pages': [],
  'http/returns': ['http'],
  'http/play': ['http'],
  'http/public': ['http/returns', 'http/low-latency', 'http/fmp4', 'http/media', 'http/play', 'http'],
  'http/beats': ['http/public', 'http'],
  'http/api': [
    'http/api/definitions',
    'http/api/cameras',
    'http/api/archive',
    'http/api/session',
    'http/api/server',
    'http/access',
    'http/public',
    'http',
  ],
  'http/api/archive': ['http/api', 'http'],
  'http/api/definitions': ['http/api/definitions/csv', 'http/api', 'http'],
  'http/api/definitions/csv': ['http/api/definitions', 'http/api', 'http'],
  'http/api/cameras': ['http/api', 'http'],
  'http/api/session': ['http/api', 'http'],
  'http/api/server': ['http/api', 'http'],
  'media/ffmpeg': ['media/low-latency'],
  'media/format': ['media/low-latency'],
  'media/fmp4': ['media', 'media/format'],
  'media/low-latency': ['media', 'media/format', 'media/fmp4'],
  'media/push': [],
  'nats/connection': [],
  'nats/own-server': ['nats/connection'],
  'nats/buckets': ['nats/connection'],
  'nats/services': ['nats/connection'],
};

/** Packages that only some rooms may use. `test/support` stands for itself. */
export const PACKAGE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  // All others start programs by `src/host/system`. Two wait for programs that end at once.
  execa: ['src/host/system', 'test', 'bench'],
  'node:child_process': ['src/host/system', 'src/host', 'src/cli/support', 'test', 'bench'],
  xstate: ['machines', 'actors', 'archive', 'herd', 'test', 'bench'],
  // The demo publishes its streams over NATS, to show that any NATS client can.
  nats: ['nats', 'demo', 'test', 'bench'],
  '@nats-io': ['nats', 'demo', 'test', 'bench'],
  hono: ['http', 'test'],
  'hono-openapi': ['http'],
  // Version 3: the next one wants Node 22.
  'eventsource-parser': ['cli'],
  nodemailer: ['notify'],
  papaparse: ['http'],
  sax: ['onvif'],
  'modern-tar': ['cli', 'test'],
  'smtp-server': ['test'],
  'prom-client': ['api'],
  preact: ['web'],
  '@preact': ['web'],
  'axe-core': ['test/support'],
  uvu: ['test/support'],
};

/** The pure rooms, and the packages that each may import. No `node:` module is among them. */
export const PURE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  domain: ['ts-pattern', 'zod'],
  machines: ['ts-pattern', 'xstate'],
};

/** Rooms that run in the simulation: at a look at another clock than the given one no run could be played again. It has others in place of these files. */
export const OFF_SIMULATION: Readonly<Record<string, readonly string[]>> = {
  archive: ['src/archive/archive-client.ts', 'src/archive/archive-thread.ts', 'src/archive/peers/http-return-peers.ts'],
  herd: ['src/herd/joining/herd-memory.ts', 'src/herd/joining/start.ts', 'src/herd/operating/drain-mark.ts'],
};
