/**
 * Which room of `src/` may import which: the one table of directions. A room is a folder of `src/`, or a file directly in
 * it by its name. Every room may import itself.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  // The one place of time for rooms that a simulation runs, too.
  clock: [],
  // What is made in the data folder, by whatever room.
  'own-files': [],
  // What comes first on a busy machine.
  priority: [],
  machines: ['domain'],
  media: ['domain'],
  config: ['domain'],
  // nats: a connection of its own, for the obituary of a session whose process cannot write it any more.
  warden: ['domain', 'clock', 'priority', 'nats'],
  cameras: ['domain'],
  nats: ['domain', 'own-files', 'clock'],
  archive: ['domain', 'media'],
  http: ['domain', 'own-files', 'priority', 'media', 'archive'],
  // The API's own thread: it reads events, and answers `where`, over a connection of its own.
  api: ['domain', 'priority', 'nats', 'http'],
  actors: ['domain', 'own-files', 'priority', 'machines', 'media', 'nats'],
  herd: ['domain', 'own-files', 'clock', 'machines', 'media', 'config', 'nats', 'archive', 'http', 'api', 'actors'],
  // Tries what the other rooms do, with what they do it by.
  doctor: ['domain', 'config', 'nats', 'http', 'actors', 'herd'],
  'server-signals': ['domain'],
  'server-http': ['domain', 'media', 'config', 'http', 'api'],
  server: [
    'domain',
    'machines',
    'media',
    'config',
    'warden',
    'nats',
    'archive',
    'http',
    'api',
    'actors',
    'herd',
    'doctor',
    'server-http',
    'server-signals',
  ],
  demo: ['domain', 'config', 'nats', 'cameras', 'server'],
  cli: ['domain', 'config', 'nats', 'herd', 'doctor', 'server', 'demo', 'warden'],
  main: ['cli'],
};

/** Packages that only some rooms may use. `test/support` stands for itself. */
export const PACKAGE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  execa: ['actors', 'nats', 'warden', 'cameras', 'demo', 'test', 'bench'],
  xstate: ['machines', 'actors', 'herd', 'test', 'bench'],
  // The demo publishes its streams as any NATS client would: that anybody can is part of what it shows.
  nats: ['nats', 'demo', 'test', 'bench'],
  '@nats-io': ['nats', 'demo', 'test', 'bench'],
  hono: ['http', 'test'],
  uvu: ['test/support'],
};

/** The pure rooms and all that they may import from outside `src/`: no `node:` module is among it. */
export const PURE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  domain: ['ts-pattern', 'zod'],
  machines: ['ts-pattern', 'xstate'],
};
