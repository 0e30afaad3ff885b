import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Stop extends AsyncDisposable {
  /** The list, with addresses that lead to those of before. */
  readonly list: string;
  readonly isReached: boolean;
  open(): void;
}

/** The player of a list gets to a segment, and not on before the stop is opened. */
export async function stopAt(list: string, segment: string): Promise<Stop> {
  const { origin, pathname } = new URL(segment);
  let isReached = false;
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const way = createServer((request, response) => {
    const isStopped = request.url === pathname;
    isReached ||= isStopped;
    void (isStopped ? opened : Promise.resolve()).then(() => {
      response.writeHead(302, { Location: `${origin}${request.url}` }).end();
    });
  });
  await once(way.listen(0, '127.0.0.1'), 'listening');
  // The address of a listener on a port.
  const { port } = way.address() as AddressInfo;
  return {
    list: list.replaceAll(`${origin}/`, `http://127.0.0.1:${port}/`),
    get isReached() {
      return isReached;
    },
    open,
    [Symbol.asyncDispose]: async () => {
      way.closeAllConnections();
      await once(way.close(), 'close');
    },
  };
}
