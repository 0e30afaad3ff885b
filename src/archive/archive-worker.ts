import { type MessagePort, parentPort } from 'node:worker_threads';
import { Gate, GateFullError } from '../domain/gate.ts';
import { PROCESS_CLOCK } from '../host/clock.ts';
import { answersBehind } from '../host/priority.ts';
import { Archive } from './archive.ts';
import type { FromDesk, ToDesk } from './archive-calls.ts';
import { answerOf } from './archive-desk.ts';
import type { ArchiveSettings, LiveFolderState, ToArchiveThread, ToArchiveWorker } from './archive-messages.ts';
import { BoundedDisk } from './disk/bounded-disk.ts';
import { NodeDisk } from './disk/node-disk.ts';
import type { PackCommand, PackCommandEnd } from './handing-on/pack-command.ts';
import { HttpReturnPeers } from './peers/http-return-peers.ts';

/** Questions that are answered side by side: each may read some indexes, and recordings come first. */
const ANSWERED_AT_ONCE = 4;
const MAX_WAITING = 256;
const TOO_MANY = 'the archive is asked too much at once: ask again';

/** The archive worker: a thread of its own, so that no disk and no question delays a beat or a viewer. archive-thread.ts is its other side. */
class ArchiveWorker {
  readonly #archive: Promise<Archive>;
  readonly #post: (message: ToArchiveThread) => void;
  readonly #ports = new Set<MessagePort>();
  #lastCommand = 0;
  #commandEnded: (end: PackCommandEnd) => void = () => {};
  readonly #gate = new Gate({ places: ANSWERED_AT_ONCE, maxWaiting: MAX_WAITING });

  constructor(settings: ArchiveSettings, post: (message: ToArchiveThread) => void) {
    this.#post = post;
    const { server, clusterKey } = settings;
    const paths = settings.roots.map(({ path }) => path);
    this.#archive = Archive.open(settings, {
      ...{ disk: new BoundedDisk(new NodeDisk(), paths), clock: PROCESS_CLOCK, post },
      peersOf: (herd) => new HttpReturnPeers({ server, clusterKey, servers: () => herd.peersOf(server) }),
      runCommand: (command) => this.#runCommand(command),
      showLiveFolder: (state) => this.#showLiveFolder(state),
    });
  }

  receive(message: ToArchiveWorker): void {
    if (message.type === 'connect') void this.#connect(message.port);
    else if (message.type === 'close') void this.#close(message.why);
    else if (message.type === 'command-ended') this.#commandEnded(message.end);
    // In order: what is told while the archive opens waits for it.
    else void this.#archive.then((archive) => archive.receive(message));
  }

  async #connect(port: MessagePort): Promise<void> {
    port.on('message', (asked: ToDesk) => void this.#answer(port, asked));
    port.on('close', () => this.#ports.delete(port));
    const { liveFolder } = await this.#archive;
    this.#ports.add(port);
    port.postMessage(liveFolder);
  }

  async #answer(port: MessagePort, asked: ToDesk): Promise<void> {
    const { desk } = await this.#archive;
    const answer = await this.#gate
      .run(() => answerOf(desk, asked))
      .catch((error: unknown): FromDesk => {
        return { type: 'failed', id: asked.id, why: error instanceof GateFullError ? TOO_MANY : String(error) };
      });
    port.postMessage(answer);
  }

  /** One at a time. */
  #runCommand(command: PackCommand): Promise<PackCommandEnd> {
    this.#lastCommand += 1;
    this.#post({ type: 'run-command', id: this.#lastCommand, command });
    return new Promise((resolve) => {
      this.#commandEnded = resolve;
    });
  }

  #showLiveFolder(state: LiveFolderState): void {
    for (const port of this.#ports) port.postMessage(state);
  }

  async #close(why: string): Promise<void> {
    await (await this.#archive).close(why);
    this.#post({ type: 'closed' });
  }
}

answersBehind();
const port = parentPort;
// The one place where what crosses the thread boundary gets its types: both sides are of the same build.
port?.once('message', (settings: ArchiveSettings) => {
  const worker = new ArchiveWorker(settings, (message) => port.postMessage(message));
  port.on('message', (message: ToArchiveWorker) => worker.receive(message));
});
