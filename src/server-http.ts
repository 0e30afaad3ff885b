import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiThread, type ApiThreadOptions } from './api/api-thread.ts';
import type { ArchiveThread } from './archive/archive-thread.ts';
import { type Config, liveFolderOf } from './config/config.ts';
import { isOpen } from './domain/access/play-rules.ts';
import type { Logs } from './domain/log.ts';
import { openFilesRemark } from './host/disk/open-files.ts';
import { herdPlayKey as herdPlayKeyOf } from './host/play-token.ts';
import type { AccessPolicy } from './http/access/access.ts';
import type { CertificateState } from './http/public/certificate-watch.ts';
import { type MediaHost, startMedia } from './http/public/media-host.ts';

/** What this server answers over HTTP, on threads of its own. */
export interface Http extends AsyncDisposable {
  readonly media: MediaHost;
  readonly api: ApiThread;
  setAccess(access: Config['access']): void;
  /** `told` hears the state that is known, and each later one. */
  followCertificate(told: (state: CertificateState) => void): void;
}

export interface HttpParts {
  readonly config: Config;
  readonly dataDir: string;
  readonly archive: ArchiveThread;
  /** See `MediaSettings`. */
  readonly partsSocket: string | undefined;
  readonly previewOf: (file: string) => Promise<Uint8Array>;
  readonly tools: ApiThreadOptions['tools'];
  readonly version: string;
  readonly logs: Logs;
}

/** A longer path is no address of a socket (107 bytes). */
const MAX_SOCKET_CHARS = 100;

/** Where each ffmpeg sends parts of segments: a socket in a folder that no other user can enter. */
export async function partsSocketIn(dataDir: string): Promise<string> {
  const path = join(dataDir, 'parts', 'tap');
  return Buffer.byteLength(path) <= MAX_SOCKET_CHARS ? path : join(await mkdtemp(join(tmpdir(), 'streamherd-')), 'tap');
}

/** Listens before all other steps of the start, so that a program that polls `/livez` and `/readyz` sees that the server is starting. */
export async function openHttp({
  config,
  dataDir,
  archive,
  partsSocket,
  previewOf,
  tools,
  version,
  logs,
}: HttpParts): Promise<Http> {
  const [mediaLog, apiLog] = [logs.of('media'), logs.of('api')];
  const few = openFilesRemark();
  if (few !== undefined) mediaLog.warn(few);
  // Without a cluster key there is no other server.
  const herdPlayKey = herdPlayKeyOf(config.clusterKey ?? randomUUID());
  const policyOf = (access: Config['access']): AccessPolicy => ({
    ...{ ...access, publicUrl: config.publicUrl },
    playKey: isOpen(access.play) ? undefined : herdPlayKey,
  });
  let api: ApiThread | undefined;
  let certificate: CertificateState | undefined;
  let tellCertificate = ({ problem }: CertificateState) => {
    if (problem !== '') mediaLog.warn(`HTTPS: ${problem}`);
  };
  const media = await startMedia({
    server: config.serverName,
    ...(config.http.address !== undefined && { address: config.http.address }),
    port: config.http.port,
    ...(config.https !== undefined && { https: config.https }),
    onCertificate: (state) => {
      certificate = state;
      tellCertificate(state);
    },
    spool: liveFolderOf(config),
    localFolder: dataDir,
    ...(config.clusterKey !== undefined && { clusterKey: config.clusterKey }),
    ...{ ...config.access, herdPlayKey },
    live: config.live,
    ...(partsSocket !== undefined && { partsSocket }),
    connectArchive: () => archive.connect(),
    onStart: () => api?.mediaStarted(),
    onPreview: (file) => previewOf(file),
    onRemark: (why) => mediaLog.warn(`media: ${why}`),
    onCrash: (why) => mediaLog.error(`media: ${why}`),
  });
  const opened = new ApiThread({
    server: config.serverName,
    version,
    policy: policyOf(config.access),
    herdPlayKey,
    streamMetrics: config.streamMetrics,
    segmentMs: config.live.segmentMs,
    clusterKey: config.clusterKey,
    tools,
    connectMedia: () => media.connectApi(),
    connectArchive: () => archive.connect(),
    onRemark: (why) => apiLog.warn(`API: ${why}`),
    onCrash: (why) => apiLog.error(`API: ${why}`),
  });
  api = opened;
  archive.onRestart(() => {
    media.archiveStarted();
    opened.archiveStarted();
  });
  return {
    media,
    api: opened,
    setAccess: (access) => {
      opened.setPolicy(policyOf(access));
      media.setAccess(access);
    },
    followCertificate: (told) => {
      tellCertificate = told;
      if (certificate !== undefined) told(certificate);
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await media.close();
    },
  };
}
