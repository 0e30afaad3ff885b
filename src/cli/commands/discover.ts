import { writeFile } from 'node:fs/promises';
import {
  type CameraHost,
  type CameraLogin,
  type CameraSearch,
  DEFAULT_SEARCH_S,
  type FoundCamera,
  MAX_HOSTS,
  MAX_SEARCH_S,
  MIN_SEARCH_S,
} from '../../domain/cameras/camera.ts';
import { HOST_EXPECTED, normalAddress, parseCameraHost } from '../../domain/cameras/camera-host.ts';
import { bestProfile, calledOf, completed, namesFor } from '../../domain/cameras/proposal.ts';
import { someAtOnce } from '../../domain/gate.ts';
import { codeOf, systemReason } from '../../domain/system-error.ts';
import type { Cameras } from '../../onvif/cameras.ts';
import {
  type Command,
  CommandFailure,
  DONE,
  FAILED,
  type Invocation,
  JSON_OPTION,
  Misuse,
  optionOf,
} from '../command.ts';
import { textOf } from '../config-file.ts';
import { type Asked, definitionsText, type Proposed, tableText } from '../discover/proposed-text.ts';
import { printTable } from '../table.ts';

/** Cameras that are asked for their profiles at the same time. */
const AT_ONCE = 4;

export const discover: Command = {
  name: 'discover',
  summary: 'Look for cameras by ONVIF, and propose their definitions',
  positionals: [],
  options: {
    interface: { value: 'ADDR', summary: 'ask on the interface with this address (default: on all)' },
    host: {
      value: 'ADDR,…',
      summary: `ask these cameras and no others, where multicast does not reach; at most ${MAX_HOSTS}`,
    },
    seconds: { value: 'N', summary: `how long to wait for answers (default ${DEFAULT_SEARCH_S})` },
    user: { value: 'NAME', summary: 'a user of the cameras, to read what they send' },
    'password-file': { value: 'FILE', summary: "the file that has this user's password in its first line" },
    csv: { summary: 'propose the table that the import of the dashboard reads' },
    to: { value: 'FILE', summary: 'write what is proposed to a new file, with the password' },
    ...JSON_OPTION,
  },
  details: [
    'Needs no running server. Without a user it lists the cameras. With one it asks each for its profiles, and proposes the',
    'definition of the largest picture, as a configuration file has it; what is printed has *** in place of the password.',
    'Nothing is defined by it: "streamherd apply FILE" does that. It fails if there is no proposal for a camera that was found.',
  ],
  example: 'discover --user admin --password-file cameras.pwd --to cameras.conf',
  async run(invocation) {
    const { options, terminal } = invocation;
    const query = queryOf(invocation);
    const login = await loginOf(invocation);
    const { Cameras } = await import('../../onvif/cameras.ts');
    const cameras = new Cameras();
    const forEver = new AbortController().signal;
    const search = await cameras.search(query, forEver);
    if (login !== undefined) return propose(search, await askedOf(search.cameras, cameras, login), login, invocation);
    if (options.has('json')) terminal.printJson(search);
    else {
      tellSearch(search, invocation);
      if (search.cameras.length > 0) terminal.print(tableOf(search.cameras));
    }
    return search.isAsked ? DONE : FAILED;
  },
};

function queryOf(invocation: Invocation) {
  const seconds = Number(optionOf(invocation, 'seconds') ?? DEFAULT_SEARCH_S);
  if (!(seconds >= MIN_SEARCH_S && seconds <= MAX_SEARCH_S)) {
    throw new Misuse(`--seconds: expected a number from ${MIN_SEARCH_S} to ${MAX_SEARCH_S}`);
  }
  const from = optionOf(invocation, 'interface');
  if (from !== undefined && (normalAddress(from) === undefined || from.includes(':'))) {
    throw new Misuse('--interface: expected the IPv4 address of an interface of this machine, like 10.1.1.2');
  }
  const hosts = optionOf(invocation, 'host')?.split(',').map(hostOf) ?? [];
  if (hosts.length > MAX_HOSTS)
    throw new Misuse(`--host: expected at most ${MAX_HOSTS} addresses, found ${hosts.length}`);
  return { seconds, hosts, ...(from !== undefined && { from }) };
}

function hostOf(text: string): CameraHost {
  const host = parseCameraHost(text);
  if (host === undefined) throw new Misuse(`--host: expected ${HOST_EXPECTED}; found "${text}"`);
  return host;
}

async function loginOf(invocation: Invocation): Promise<CameraLogin | undefined> {
  const [user, file] = [optionOf(invocation, 'user'), optionOf(invocation, 'password-file')];
  const needsLogin = ['csv', 'to'].find((name) => invocation.options.has(name));
  if (user === undefined && file === undefined && needsLogin === undefined) return undefined;
  if (user === undefined || file === undefined) {
    throw new Misuse(
      `${needsLogin === undefined ? '' : `--${needsLogin} needs a login: `}--user and --password-file belong together`,
    );
  }
  const [password = ''] = (await textOf(file)).split(/\r?\n/, 1);
  if (password === '' || /\p{Cc}/u.test(password + user)) {
    throw new CommandFailure(`${file}: expected a password in its first line, without control characters`);
  }
  return { user, password };
}

async function askedOf(found: readonly FoundCamera[], cameras: Cameras, login: CameraLogin): Promise<readonly Asked[]> {
  const asked = new Map<FoundCamera, Asked>();
  const signal = new AbortController().signal;
  await someAtOnce(found, AT_ONCE, async (camera) => {
    const said = camera.url === undefined ? undefined : await cameras.profiles(camera.url, login, signal);
    if (said === undefined) asked.set(camera, { camera, profiles: [], remarks: [camera.remark ?? 'it is not asked'] });
    else if (!said.ok) asked.set(camera, { camera, profiles: [], remarks: [said.failure.message] });
    else {
      const { profiles, remarks } = said;
      asked.set(camera, { camera: completed(camera, said), profiles, remarks });
    }
  });
  return found.flatMap((camera) => asked.get(camera) ?? []);
}

async function propose(
  search: CameraSearch,
  asked: readonly Asked[],
  login: CameraLogin,
  invocation: Invocation,
): Promise<number> {
  const { options, terminal } = invocation;
  const names = namesFor(
    asked.map(({ camera }) => camera),
    new Set(),
  );
  const proposed = asked.flatMap((each, index): readonly Proposed[] => {
    const profile = bestProfile(each.profiles);
    return profile === undefined ? [] : [{ ...each, stream: names[index] ?? '', profile }];
  });
  if (options.has('json')) {
    terminal.printJson({
      ...search,
      cameras: asked.map(({ camera, ...rest }, index) => ({ ...camera, stream: names[index], ...rest })),
    });
  } else tellSearch(search, invocation);
  for (const { camera, remarks } of asked) {
    for (const remark of remarks) terminal.complain(`${camera.address}: ${remark}`);
  }
  if (proposed.length === 0) return FAILED;
  const text = options.has('csv') ? tableText(proposed, login) : await definitionsText(proposed, login);
  const file = optionOf(invocation, 'to');
  if (file !== undefined) {
    await writeNew(file, text);
    terminal.complain(`${file} holds what is proposed (${proposed.length}), and the password`);
  } else if (!options.has('json')) terminal.print(text.trimEnd());
  return search.isAsked && proposed.length === asked.length ? DONE : FAILED;
}

function tellSearch({ cameras, remarks, isAsked }: CameraSearch, { terminal }: Invocation): void {
  for (const remark of remarks) terminal.complain(remark);
  if (!isAsked && remarks.length === 0) terminal.complain('this machine has no network to ask on');
  if (isAsked && cameras.length === 0)
    terminal.complain('no camera has answered; docs/configuration.md says what to do where multicast does not reach');
}

function tableOf(cameras: readonly FoundCamera[]): string {
  const rows = cameras.map((camera) => {
    const { address, url, maker, hardware, location, remark } = camera;
    return [address, calledOf(camera) || '-', maker || '-', hardware || '-', location || '-', url ?? remark ?? '-'];
  });
  return printTable([['ADDRESS', 'NAME', 'MAKER', 'HARDWARE', 'LOCATION', 'ASKED AT'], ...rows]);
}

/** Never over a file that is there: only its user may read it, from its first byte on. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, `${text.trimEnd()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const why = codeOf(error) === 'EEXIST' ? 'it is there already' : systemReason(error);
    throw new CommandFailure(`${file} cannot be written: ${why}`, { cause: error });
  }
}
