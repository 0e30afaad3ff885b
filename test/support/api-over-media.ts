import { type ApiHandler, ApiHost } from '../../src/http/api/api-host.ts';
import type { MediaOptions } from '../../src/http/public/media-host.ts';
import { startTestMedia, type TestMedia } from './media.ts';

export interface TestApi extends TestMedia {
  /** As when the API worker has died and another one has begun: what was being answered breaks off. */
  beginAnew(): Promise<void>;
}

/** A media host whose API requests are answered here, in the test's own thread. */
export async function startTestApi(
  name: string,
  handler: ApiHandler,
  options: Partial<MediaOptions> = {},
): Promise<TestApi> {
  const told: { media?: TestMedia } = {};
  const connect = () => {
    const { media } = told;
    if (media === undefined) return;
    const port = media.host.connectApi();
    const api = new ApiHost(
      handler,
      (message) => port.postMessage(message),
      (why) => media.remarks.push(why),
    );
    port.on('message', (message) => api.receive(message));
    port.on('close', () => api.abortAll());
  };
  const media = await startTestMedia(name, { ...options, onStart: connect });
  told.media = media;
  connect();
  await media.host.settled();
  const beginAnew = () => {
    connect();
    return media.host.settled();
  };
  return { ...media, beginAnew };
}
