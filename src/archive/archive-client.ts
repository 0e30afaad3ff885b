import type { MessagePort } from 'node:worker_threads';
import type { Answer, CallName, FromDesk, Question, ToDesk } from './archive-calls.ts';
import type { LiveFolderState } from './archive-messages.ts';

/** A disk is given up after 5 s, and several may be asked one after the other. */
const ANSWER_WITHIN_MS = 15_000;

/** The archive did not answer: its thread has ended, or is overloaded, or a disk hangs. */
export class ArchiveUnavailable extends Error {
  override readonly name = 'ArchiveUnavailable';
}

interface Asked {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Asks the archive worker from another thread. */
export class ArchiveClient {
  readonly #onLiveFolder: (state: LiveFolderState) => void;
  readonly #asked = new Map<number, Asked>();
  #port: MessagePort | undefined;
  #lastId = 0;

  constructor(onLiveFolder: (state: LiveFolderState) => void = () => {}) {
    this.#onLiveFolder = onLiveFolder;
  }

  /** An archive worker has begun: the first one, or a later one that knows nothing of earlier questions. */
  connect(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    port.on('message', (message: FromDesk | LiveFolderState) => {
      if (message.type === 'live-folder') this.#onLiveFolder(message);
      else if (message.type === 'answer') this.#asked.get(message.id)?.resolve(message.answer);
      else this.#asked.get(message.id)?.reject(new ArchiveUnavailable(message.why));
    });
    port.on('close', () => {
      if (this.#port === port) this.#port = undefined;
      for (const { reject } of this.#asked.values()) reject(new ArchiveUnavailable('the archive has restarted'));
    });
  }

  /** @throws ArchiveUnavailable */
  ask<Name extends CallName>(call: Name, question: Question<Name>): Promise<Answer<Name>> {
    const port = this.#port;
    if (port === undefined) return Promise.reject(new ArchiveUnavailable('the archive of this server is starting'));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<Answer<Name>>((resolve, reject) => {
      const timer = setTimeout(
        () => settled.reject(new ArchiveUnavailable('the archive has not answered in time')),
        ANSWER_WITHIN_MS,
      );
      const over = () => {
        clearTimeout(timer);
        this.#asked.delete(id);
      };
      const settled: Asked = {
        resolve: (answer) => {
          over();
          // The worker answers a call with what that very call returns.
          resolve(answer as Answer<Name>);
        },
        reject: (error) => {
          over();
          reject(error);
        },
      };
      this.#asked.set(id, settled);
      port.postMessage({ id, call, question } satisfies ToDesk);
    });
  }
}
