import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../src/demo/free-ports.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import { eventually } from '../support/eventually.ts';
import { readList } from '../support/media.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';
import type { Attack, Report } from './attack.ts';

const START = { deadlineMs: 30_000, everyMs: 100 };
/** A sparse file: it is read in vain, or takes all memory. */
const HUGE_BYTES = 2 ** 40;
const STREAM = 'cam1';
const OLD_SEGMENT = '7-1.ts';

/** Damage to the data folder of a server that is down. */
export const folderAttacks: readonly Attack[] = [
  {
    name: 'damaged-folder',
    does: 'a server starts on a data folder with links that lead out, with files and folders in each other’s place, and with a damaged NATS store',
    by: 'campaign',
    isShort: true,
    isPatient: true,
    run: damagedFolder,
  },
];

interface Damage {
  readonly what: string;
  damage(data: string, outside: Outside): Promise<void>;
  /** What the server has to say of it. */
  readonly said: RegExp;
}

/** Side by side, each with a server and a folder of its own, in which one damage comes after the other. */
const DAMAGES: readonly (readonly Damage[])[] = [
  [{ what: 'links', damage: linkOut, said: /herd\.json is a link: expected a file/ }],
  [
    {
      what: 'a huge file',
      damage: (data) => huge(join(data, 'herd.json')),
      said: /herd\.json has \d+ bytes: expected at most/,
    },
  ],
  [
    { what: 'folders in place of files', damage: foldersForFiles, said: /herd\.json is no file/ },
    {
      what: 'a damaged NATS store',
      damage: (data) => scramble(join(data, 'nats', 'jetstream')),
      said: /nats\/jetstream\/.*checksums do not match/,
    },
  ],
];

async function damagedFolder(_herd: TestHerd): Promise<Report> {
  await using folder = await tempFolder();
  const found = await Promise.all(
    DAMAGES.map(async (damages, index) => {
      const own = join(folder.path, String(index));
      const data = join(own, 'data');
      await mkdir(data, { recursive: true });
      const outside = await Outside.make(join(own, 'outside'));
      await using server = await LoneServer.make(own, data);
      const problems: string[] = [];
      for (const damage of damages) problems.push(...(await startOn(server, data, outside, damage)));
      return problems;
    }),
  );
  const whats = DAMAGES.flat().map(({ what }) => what);
  return { did: `${whats.length} starts on ${whats.join(', ')}`, problems: found.flat() };
}

async function startOn(
  server: LoneServer,
  data: string,
  outside: Outside,
  { what, damage, said }: Damage,
): Promise<readonly string[]> {
  await damage(data, outside);
  server.start();
  const problem = await server.captures().catch((error: Error) => `it does not capture: ${error.message}`);
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...(said.test(server.log) ? [] : [`the log does not say ${said}`]),
    ...(server.runs > 1 ? ['the server ended and was started again'] : []),
  ];
  await server.end();
  return [...problems, ...(await outside.changes())].map((each) => `with ${what}: ${each}`);
}

/** Every name at which a server writes, as a link to what is there outside, and to what is not. */
async function linkOut(data: string, { path }: Outside): Promise<void> {
  await mkdir(join(data, 'live'));
  for (const name of ['herd.json', 'herd.json.new', 'folder-id', '.write-trial', 'drained.new']) {
    await symlink(join(path, 'file'), join(data, name));
  }
  await symlink(join(path, 'not-there'), join(data, 'folder-id.new'));
  await symlink(path, join(data, 'live', '.spare'));
  await symlink(path, join(data, 'live', STREAM));
}

async function huge(file: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, '{');
  await truncate(file, HUGE_BYTES);
}

async function foldersForFiles(data: string): Promise<void> {
  for (const name of ['herd.json', 'folder-id', '.write-trial', 'herd.json.new']) {
    await rm(join(data, name), { force: true });
    await mkdir(join(data, name, 'deep'), { recursive: true });
  }
}

/** Every file below gets bytes of chance. */
async function scramble(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = join(entry.parentPath, entry.name);
    await writeFile(file, randomBytes((await stat(file)).size));
  }
}

/** A folder beside the data folder, of which nothing may change: a file, and a segment that is old enough to be swept away. */
class Outside {
  readonly path: string;
  readonly #files = new Map([
    ['file', 'outside'],
    [OLD_SEGMENT, 'an old segment'],
  ]);

  private constructor(path: string) {
    this.path = path;
  }

  static async make(path: string): Promise<Outside> {
    const outside = new Outside(path);
    await mkdir(path);
    for (const [name, text] of outside.#files) await writeFile(join(path, name), text);
    await utimes(join(path, OLD_SEGMENT), 0, 0);
    return outside;
  }

  async changes(): Promise<readonly string[]> {
    const names = await readdir(this.path);
    const isChanged = async ([name, text]: readonly [string, string]) =>
      (await readFile(join(this.path, name), 'utf8').catch(() => undefined)) !== text;
    const changed = await Promise.all([...this.#files].map(async (file) => ((await isChanged(file)) ? [file[0]] : [])));
    return [...changed.flat(), ...names.filter((name) => !this.#files.has(name))].map(
      (name) => `${name} outside the data folder was written or removed`,
    );
  }
}

/** A server with a nats-server of its own and one stream, of its configuration file. */
class LoneServer implements AsyncDisposable {
  readonly #process: ServerProcess;
  readonly #url: string;
  #logged = 0;
  runs = 0;

  private constructor(configFile: string, port: number) {
    this.#process = new ServerProcess({ configFile });
    this.#url = `http://127.0.0.1:${port}`;
  }

  static async make(folder: string, dataDir: string): Promise<LoneServer> {
    const [port = 0] = await freePorts(1);
    const configFile = join(folder, 'lone.conf');
    const settings = [
      'server_name lone;',
      `http 127.0.0.1:${port};`,
      `data_dir "${dataDir}";`,
      'cluster_key key-of-lone;',
    ];
    await writeFile(configFile, [...settings, `stream ${STREAM} { input test:; }`].join('\n'), { mode: 0o600 });
    return new LoneServer(configFile, port);
  }

  /** Of the present run. */
  get log(): string {
    return this.#process.log.slice(this.#logged).join('\n');
  }

  start(): void {
    this.#logged = this.#process.log.length;
    this.#process.start();
  }

  /** What players get has segments, of media. */
  async captures(): Promise<undefined> {
    const pids = new Set<number>();
    await eventually(
      'it captures',
      async () => {
        const { serverPid } = this.#process;
        if (serverPid !== undefined) pids.add(serverPid);
        const list = `${this.#url}/${STREAM}/video.m3u8`;
        const [first] = (await readList(list)).segments;
        return first !== undefined && (await fetch(new URL(first.uri, list))).ok;
      },
      START,
    );
    this.runs = pids.size;
  }

  async end(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#process.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.killAll();
  }
}
