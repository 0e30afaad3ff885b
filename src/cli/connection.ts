import { type Config, DEFAULT_DATA_DIR, localUrl } from '../config/config.ts';
import { parseWebUrl } from '../config/reading/read-values.ts';
import { isPasswordHash } from '../domain/access/api-user.ts';
import { ApiClient, type Credentials } from './api-client.ts';
import { CommandFailure, type Invocation, Misuse, optionOf } from './command.ts';
import { DEFAULT_CONFIG_FILE, isMissingFile, namedConfigFile, readConfigFile } from './config-file.ts';
import { LocalServer } from './local-server.ts';

/**
 * Which server a command asks, and as which user:
 *
 * 1. `--url`, else the file of `-c`, else `$STREAMHERD_URL`, else /etc/streamherd/streamherd.conf, else port 8080 of this host;
 * 2. by the socket in the data folder of that file, where that server runs on this host and lets this user in: without a password;
 * 3. else by TCP, as `$STREAMHERD_AUTH=user:password`, else the user and password of that URL, else the first `edit_auth` of the
 *    file that was used whose password it holds, and not only its hash.
 *
 * If the user names a server but no file, the password of the default file is not sent to it: the server might be another herd's.
 */
export async function connect(invocation: Invocation, fallbackFile?: string): Promise<ApiClient> {
  const { env } = invocation;
  const file = namedConfigFile(invocation) ?? fallbackFile;
  const config = file === undefined ? undefined : await readConfigFile(file);
  const url =
    optionOf(invocation, 'url') ?? (namedConfigFile(invocation) ? undefined : env.STREAMHERD_URL || undefined);
  if (url !== undefined) {
    const { base, auth } = splitUrl(url);
    return new ApiClient(base, environmentAuth(env) ?? auth ?? (config && editAuth(config)));
  }
  const found = config ?? (await defaultConfig());
  const auth = environmentAuth(env);
  // A user who names an account wants the change to be told under that name.
  const local = auth ? undefined : await LocalServer.find(found?.dataDir ?? DEFAULT_DATA_DIR);
  if (local) return new ApiClient(local, undefined);
  return new ApiClient(found === undefined ? DEFAULT_URL : localUrl(found), auth ?? (found && editAuth(found)));
}

function editAuth({ access }: Config): Credentials | undefined {
  const user = access.users.find(({ role, password }) => role === 'edit' && !isPasswordHash(password));
  return user && { user: user.name, password: user.password };
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

async function defaultConfig(): Promise<Config | undefined> {
  try {
    return await readConfigFile(DEFAULT_CONFIG_FILE);
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
}

function splitUrl(text: string): { readonly base: string; readonly auth?: Credentials } {
  const [, scheme, user, password, rest] = /^(https?:\/\/)(?:([^/?#@:]*):([^/?#@]*)@)?(.*)$/.exec(text) ?? [];
  const base = parseWebUrl(`${scheme}${rest}`);
  if (base === undefined) throw new Misuse('the URL of the server should look like http://s01.example.com:8080');
  if (user === undefined || password === undefined) return { base };
  return { base, auth: { user: decoded(user), password: decoded(password) } };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function environmentAuth(env: Invocation['env']): Credentials | undefined {
  const text = env.STREAMHERD_AUTH;
  if (text === undefined || text === '') return undefined;
  const colon = text.indexOf(':');
  if (colon < 1) throw new CommandFailure('STREAMHERD_AUTH should be user:password');
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
