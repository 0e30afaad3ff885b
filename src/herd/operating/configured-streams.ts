import { readFile } from 'node:fs/promises';
import type { Config } from '../../config/config.ts';
import { parseConfig } from '../../config/parse.ts';
import { formatProblem, formatWarning } from '../../config/syntax/problem.ts';
import type { Log } from '../../domain/log.ts';
import type { Store } from '../../nats/buckets/store.ts';
import type { Definitions } from '../view/definitions.ts';
import { bringInLine } from './apply-definitions.ts';

interface Deps {
  readonly streams: Store;
  readonly log: Log;
  /** The file says otherwise who may see and change things. */
  readonly onAccess: (access: Config['access']) => void;
  /** Each time the file is read, for its log and its receivers: an operator may have ordered other levels meanwhile. */
  readonly onRead: (config: Config) => void;
}

/**
 * The stream blocks of this server's configuration file, applied to the bucket at start and on SIGHUP. Changed users take effect then, too:
 * the removal of a user must not need a restart, which ends captures.
 */
export class ConfiguredStreams {
  #config: Config;
  readonly #file: string;
  readonly #deps: Deps;
  /** Settles when nothing is under way or waits. */
  #queue: Promise<unknown> = Promise.resolve();
  /** A reload that has not begun. */
  #waiting: Promise<void> | undefined;

  constructor(config: Config, file: string, deps: Deps) {
    this.#config = config;
    this.#file = file;
    this.#deps = deps;
  }

  /** `definitions`: as the bucket has them, kept up to date. Resolves to whether the bucket is as the file wants it. */
  apply(definitions: Definitions): Promise<boolean> {
    return this.#inTurn(() => this.#apply(definitions));
  }

  /** Reads the file again, after what is under way: the file that was read last is the one that counts. */
  reload(definitions: Definitions): Promise<void> {
    // A reload that has not begun will read the newest file.
    this.#waiting ??= this.#inTurn(() => {
      this.#waiting = undefined;
      return this.#reload(definitions);
    });
    return this.#waiting;
  }

  /** A failure does not stop the tasks after it. */
  #inTurn<T>(turn: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(turn);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #apply(definitions: Definitions): Promise<boolean> {
    const { streams, log } = this.#deps;
    const { serverName, streams: wanted } = this.#config;
    const { done, failed } = await bringInLine(serverName, wanted, definitions, streams);
    for (const { action, name, why } of done) {
      if (action === 'conflict') log.warn(`${this.#file}: stream ${name} was left alone: ${why}`);
      else if (action !== 'leave') log.info(`${this.#file}: stream ${name}: ${action}: ${why}`);
    }
    for (const { name, why } of failed) log.error(`${this.#file}: stream ${name} was not applied: ${why}`);
    return failed.length === 0;
  }

  /** A file with an error changes nothing. */
  async #reload(definitions: Definitions): Promise<void> {
    const { log } = this.#deps;
    try {
      const { config, problems, warnings } = parseConfig(await readFile(this.#file, 'utf8'), this.#file);
      for (const warning of warnings) log.warn(formatWarning(warning));
      for (const problem of problems) log.error(formatProblem(problem));
      if (config === undefined) {
        log.error(`${this.#file} is not applied: the streams stay as they are`);
        return;
      }
      if (settingsText(config) !== settingsText(this.#config)) {
        log.warn(`${this.#file}: what changed outside the stream blocks takes effect at the next start`);
      }
      const { streams, access } = config;
      this.#deps.onRead(config);
      const isSameAccess = JSON.stringify(access) === JSON.stringify(this.#config.access);
      this.#config = { ...this.#config, streams, access };
      if (!isSameAccess) {
        log.info(`${this.#file}: users, view_auth and trusted proxies are as it says from now on`);
        this.#deps.onAccess(access);
      }
      await this.#apply(definitions);
    } catch (error) {
      log.error(`${this.#file} cannot be applied: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function settingsText({ streams: _, access: __, log: ___, notify: ____, ...settings }: Config): string {
  return JSON.stringify(settings);
}
