import { parentPort } from 'node:worker_threads';
import { answersBehind } from '../../host/priority.ts';
import { BeatListener } from './beat-listener.ts';
import type { BeatSettings, ToBeatHost, ToBeatWorker } from './beat-messages.ts';
import { BeatSender } from './beat-sender.ts';

/**
 * The beat worker: a thread of its own that owns the beats port. Accepting, reading, checking and refusing what strangers send
 * costs the control thread nothing: it hears of a beat that is well signed and new, and of nothing else. beat-host.ts is its other
 * side.
 */
class BeatWorker {
  readonly #settings: BeatSettings;
  readonly #post: (message: ToBeatHost) => void;
  readonly #listener: BeatListener;
  #urls: ReadonlyMap<string, string> = new Map();

  constructor(settings: BeatSettings, post: (message: ToBeatHost) => void) {
    this.#settings = settings;
    this.#post = post;
    const { server, facts, clusterKey, timeoutMs } = settings;
    const passing = new BeatSender({ timeoutMs });
    this.#listener = new BeatListener({
      ...{ server, facts, clusterKey },
      onBeat: (beat) => post({ type: 'beat', beat }),
      passOn: ({ from, to, text, signature }) => {
        const url = this.#urls.get(to);
        if (url === undefined) return false;
        passing.send(`${from} to ${to}`, { url, text, signature });
        return true;
      },
    });
  }

  async start(): Promise<void> {
    try {
      this.#post({ type: 'listening', port: await this.#listener.listen(this.#settings) });
    } catch (error) {
      this.#post({ type: 'listen-failed', why: error instanceof Error ? error.message : String(error) });
    }
  }

  receive(message: ToBeatWorker): void {
    if (message.type === 'open') this.#listener.ears.open(message.session);
    else if (message.type === 'close') this.#listener.close(message.session);
    else if (message.type === 'say') this.#listener.say(message.session, message.text);
    else this.#urls = message.urls;
  }
}

answersBehind();
const port = parentPort;
// What starts this file as a worker gives it these.
port?.once('message', (settings: BeatSettings) => {
  const worker = new BeatWorker(settings, (message) => port.postMessage(message));
  port.on('message', (message: ToBeatWorker) => worker.receive(message));
  void worker.start();
});
