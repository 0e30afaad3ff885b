import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { freePorts } from '../../src/demo/free-ports.ts';
import type { ShownPage } from './browser.ts';
import { eventually } from './eventually.ts';

/** A window of WebKitGTK, which has the engine of Safari and the decoders of GStreamer. */
export interface WebKitWindow extends ShownPage, AsyncDisposable {
  goto(url: string): Promise<void>;
}

/** A screen that no person sees, and the driver, which starts the browser that belongs to it. */
const [SCREEN, DRIVER] = ['Xvfb', 'WebKitWebDriver'];

export async function isWebKitInstalled(): Promise<boolean> {
  const probes = [SCREEN, DRIVER].map((file) => execa(file, ['--help'], { reject: false, stdin: 'ignore' }));
  return (await Promise.all(probes)).every(({ code }) => code !== 'ENOENT');
}

/** Starts a browser of its own. */
export async function openWebKit(): Promise<WebKitWindow> {
  const ends: (() => Promise<unknown>)[] = [];
  const endAll = async () => {
    for (const end of ends.reverse()) await end();
  };
  const run = (file: string, args: readonly string[], env = {}) => {
    const child = execa(file, args, { env, stdin: 'ignore', buffer: false, reject: false, forceKillAfterDelay: 2000 });
    ends.push(() => {
      child.kill();
      return child;
    });
    return child;
  };
  try {
    const screen = run(SCREEN, ['-displayfd', '1', '-screen', '0', '640x480x24', '-nolisten', 'tcp']);
    const [display] = await once(createInterface({ input: screen.stdout }), 'line');
    const [port = 0] = await freePorts(1);
    run(DRIVER, [`--port=${port}`], { DISPLAY: `:${display}` });
    const driver = `http://127.0.0.1:${port}`;
    await eventually(`${DRIVER} listens`, () => fetch(`${driver}/status`));
    const { sessionId } = await command<{ sessionId: string }>(`${driver}/session`, { capabilities: {} });
    const session = `${driver}/session/${sessionId}`;
    ends.push(() => fetch(session, { method: 'DELETE' }));
    let shown = 'about:blank';
    return {
      url: () => shown,
      goto: (url) => {
        shown = url;
        return command(`${session}/url`, { url });
      },
      evaluate: (expression) => command(`${session}/execute/sync`, { script: `return ${expression};`, args: [] }),
      [Symbol.asyncDispose]: endAll,
    };
  } catch (error) {
    await endAll();
    throw error;
  }
}

/** Of WebDriver. */
async function command<T>(url: string, body: object): Promise<T> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  // The caller knows what the standard has the answer to its command consist of.
  const { value } = (await answer.json()) as { value: T };
  if (!answer.ok) throw new Error(`${DRIVER} refuses ${url}: ${JSON.stringify(value)}`);
  return value;
}
