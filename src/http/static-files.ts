import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CACHING, CONTENT_TYPES, type Reply } from './reply.ts';
import type { StaticName } from './route.ts';

/** The few files that a server gives as they are: the dashboard, and the player of the embed page. */
export class StaticFiles {
  readonly #webFolder: string;
  readonly #read = new Map<StaticName, Buffer>();

  constructor(webFolder: string) {
    this.#webFolder = webFolder;
  }

  /** `undefined` where the file was not built or not installed. */
  async get(name: StaticName): Promise<Reply | undefined> {
    const body = this.#read.get(name) ?? (await readFile(this.#path(name)).catch(() => undefined));
    if (!body) return undefined;
    this.#read.set(name, body);
    return name === 'hls.js'
      ? { type: CONTENT_TYPES.script, caching: CACHING.asset, body }
      : { type: CONTENT_TYPES.html, caching: CACHING.never, body };
  }

  #path(name: StaticName): string {
    if (name !== 'hls.js') return join(this.#webFolder, name);
    return createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');
  }
}
