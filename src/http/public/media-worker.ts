import { type MessagePort, parentPort } from 'node:worker_threads';
import { ArchiveClient } from '../../archive/archive-client.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import { strangersSockets } from '../../host/disk/open-files.ts';
import { answersBehind } from '../../host/priority.ts';
import type { CertificateFiles } from '../../host/tls-certificate.ts';
import { mediaDisk } from '../../media/disk-places.ts';
import { Clients } from '../clients.ts';
import { Fmp4 } from '../fmp4/fmp4.ts';
import { LowLatency } from '../low-latency/low-latency.ts';
import { ArchivedSegments } from '../media/archived-segments.ts';
import { MediaStreams } from '../media/media-streams.ts';
import { MpegtsViewers } from '../media/mpegts.ts';
import { PeerPlaylists } from '../media/peer-playlist.ts';
import { Previews } from '../media/previews.ts';
import { SegmentCache } from '../media/segment-cache.ts';
import { Spool } from '../media/spool.ts';
import { Variants } from '../media/variants.ts';
import { HerdPass } from '../play/herd-pass.ts';
import { PlayAccess } from '../play/play-access.ts';
import { SignedReturns } from '../returns/signed-returns.ts';
import { ApiBridge } from './api-bridge.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { Health } from './health.ts';
import { LocalSocket } from './local-socket.ts';
import { MediaListener } from './media-listener.ts';
import type { MediaFigures, MediaSettings, ToMediaHost, ToMediaWorker } from './media-messages.ts';

const HOUSEKEEPING_MS = 1000;
const SWEEP_MS = 60_000;
/** Remarks are limited: two servers whose clocks disagree would cause the same one at every poll. */
const MAX_REMARKS_A_SECOND = 5;

/**
 * The media worker: a thread of its own that owns the public HTTP listener and answers viewers from its own copy of the view.
 * So viewers never delay the main thread, on whose beats the membership of this server depends. media-host.ts is its other
 * side.
 */
class MediaWorker {
  readonly #port: MessagePort;
  readonly #settings: MediaSettings;
  readonly #streams: MediaStreams;
  readonly #disk = mediaDisk();
  readonly #cache = new SegmentCache(this.#disk);
  readonly #spool: Spool;
  readonly #archive: ArchiveClient;
  readonly #viewers = new MpegtsViewers(this.#cache);
  readonly #previews = new Previews((id, file) => this.#post({ type: 'preview-wanted', id, file }));
  readonly #peers: PeerPlaylists;
  readonly #fmp4: Fmp4;
  readonly #low: LowLatency | undefined;
  readonly #clients: Clients;
  readonly #bridge: ApiBridge;
  readonly #health: Health;
  readonly #listener: MediaListener;
  readonly #closing = new AbortController();
  readonly #served = { segments: 0, segmentBytes: 0 };
  #remarks = 0;
  #certificate: Pick<MediaFigures, 'certificateExpiresMs'> = {};
  #local: LocalSocket | undefined;

  constructor(port: MessagePort, settings: MediaSettings) {
    this.#port = port;
    this.#settings = settings;
    this.#streams = new MediaStreams(settings.server, settings.live);
    this.#spool = new Spool(settings.spool, this.#disk, settings.keepsLeftovers);
    this.#archive = new ArchiveClient((state) => this.#spool.archiveNeeds(state));
    const { headers } = new HerdPass(settings.herdPlayKey);
    this.#peers = new PeerPlaylists(settings.server, headers);
    const context = { signal: this.#closing.signal, remark: (why: string) => this.#remark(why) };
    const seen = { ...context, headers, streams: this.#streams };
    const archived = new ArchivedSegments(this.#archive);
    this.#fmp4 = new Fmp4({ ...seen, archived, cache: this.#cache });
    const { partsSocket: socket } = settings;
    this.#low = socket === undefined ? undefined : new LowLatency({ ...seen, socket });
    this.#clients = new Clients(settings.trustedProxies, strangersSockets().clients);
    this.#bridge = new ApiBridge(this.#clients);
    this.#health = new Health(settings.pulse);
    this.#listener = new MediaListener(
      {
        streams: this.#streams,
        cache: this.#cache,
        spool: this.#spool,
        viewers: this.#viewers,
        previews: this.#previews,
        variants: new Variants(this.#cache),
        clients: this.#clients,
        bridge: this.#bridge,
        playback: (request, response) => this.#bridge.carry(request, response, { share: 'playbacks' }),
        health: this.#health,
        play: new PlayAccess({ rules: settings.play, server: settings.server, herdKey: settings.herdPlayKey }),
        returns: new SignedReturns({
          clusterKey: settings.clusterKey,
          session: () => this.#streams.session,
          archive: this.#archive,
          clients: this.#clients,
        }),
        context: { ...context, peers: this.#peers },
        ...{ archived, low: this.#low, fmp4: this.#fmp4 },
        segmentServed: (bytes) => {
          this.#served.segments += 1;
          this.#served.segmentBytes += bytes;
        },
      },
      settings.viewAuth,
    );
  }

  async start(): Promise<void> {
    const { port: wanted, address, https } = this.#settings;
    try {
      const port = await this.#listener.listen({ port: wanted, address });
      const httpsPort = https && (await this.#listener.listenSecurely(https));
      await this.#listenLocally();
      await this.#low?.open();
      this.#post({ type: 'listening', port, ...(httpsPort !== undefined && { httpsPort }) });
    } catch (error) {
      this.#post({ type: 'listen-failed', why: error instanceof Error ? error.message : String(error) });
      return;
    }
    if (https !== undefined) this.#watchCertificate(https);
    const housekeeping = setInterval(() => this.#keepHouse(), HOUSEKEEPING_MS);
    const sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#closing.signal.addEventListener('abort', () => {
      clearInterval(housekeeping);
      clearInterval(sweeping);
    });
    this.#sweep();
  }

  #watchCertificate(files: CertificateFiles): void {
    const watch = new CertificateWatch({
      ...{ files, disk: this.#disk, unixMs: Date.now },
      use: (certificate) => {
        this.#listener.useCertificate(certificate);
        this.#certificate = { certificateExpiresMs: certificate.expiresMs };
      },
      tell: (state) => this.#post({ type: 'certificate', state }),
    });
    watch.run(this.#closing.signal);
  }

  /** Without it the command line of this host needs user and password, and everything else goes on. */
  async #listenLocally(): Promise<void> {
    const { localFolder } = this.#settings;
    if (localFolder === undefined) return;
    try {
      this.#local = await LocalSocket.open(localFolder, (request, response) => {
        this.#listener
          .answerLocal(request, response)
          .catch((error) => this.#remark(`a local request failed: ${error}`));
      });
    } catch (error) {
      this.#post({ type: 'remark', why: `no socket for this host's command line: ${(error as Error).message}` });
    }
  }

  receive(message: ToMediaWorker): void {
    const nowMs = performance.now();
    if (message.type === 'stream') {
      this.#streams.set(message.stream, message.place, nowMs);
      this.#moved(message.stream, message.place, nowMs);
    } else if (message.type === 'tap') {
      this.#low?.tap(message.id, message.run);
    } else if (message.type === 'segment') {
      this.#streams.named(message.segment.stream)?.add(message.segment, nowMs);
      this.#viewers.segmentClosed(message.segment);
      this.#fmp4.closed(message.segment.stream);
      this.#low?.written(message.segment, nowMs);
    } else if (message.type === 'forget') {
      this.#removeFiles(this.#streams.forget(message.stream, nowMs));
      this.#moved(message.stream, undefined, nowMs);
      this.#previews.forget(message.stream);
    } else if (message.type === 'servers') {
      this.#streams.setServers(message.servers);
    } else if (message.type === 'preview') {
      this.#previews.arrived(message.id, message.image, message.why);
    } else if (message.type === 'hear') {
      this.#post({ type: 'heard', id: message.id });
    } else if (message.type === 'api') {
      this.#bridge.connect(message.port);
    } else if (message.type === 'archive') {
      this.#archive.connect(message.port);
    } else if (message.type === 'access') {
      this.#listener.setAccess(message.access);
      this.#clients.trustedProxies = message.access.trustedProxies;
    } else if (message.type === 'readiness') {
      this.#health.readiness = message.readiness;
    } else {
      message satisfies { readonly type: 'close' };
      void this.#close();
    }
  }

  #moved(stream: string, place: StreamPlace | undefined, nowMs: number): void {
    this.#viewers.moved(stream, place !== undefined && place.at === 'here' ? place.epoch : undefined);
    this.#peers.moved(stream, place);
    this.#fmp4.moved(stream);
    this.#low?.moved(stream, nowMs);
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#local?.close();
    await this.#low?.close();
    await this.#listener.close();
    // Ends this thread, not the process: connections to peers that are kept open would keep it alive.
    process.exit();
  }

  #keepHouse(): void {
    this.#remarks = 0;
    const nowMs = performance.now();
    this.#removeFiles(this.#streams.expire(nowMs));
    this.#low?.streams.expire(nowMs);
    const { requests, redirects, inFlight } = this.#listener;
    const own = { ...this.#served, viewers: this.#viewers.count, ...this.#certificate };
    this.#post({ type: 'figures', figures: { requests, redirects, inFlight, ...own } });
  }

  #sweep(): void {
    void this.#spool.sweep((stream, segment) => this.#streams.named(stream)?.window.find(segment) !== undefined);
  }

  #removeFiles(segments: readonly { readonly file: string }[]): void {
    for (const { file } of segments) {
      this.#cache.delete(file);
      void this.#spool.remove(file);
    }
  }

  #remark(why: string): void {
    this.#remarks += 1;
    if (this.#remarks <= MAX_REMARKS_A_SECOND) this.#post({ type: 'remark', why });
  }

  #post(message: ToMediaHost): void {
    this.#port.postMessage(message);
  }
}

answersBehind();
const port = parentPort;
// The one place where what crosses the thread boundary gets its types: both sides are of the same build.
port?.once('message', (settings: MediaSettings) => {
  const worker = new MediaWorker(port, settings);
  port.on('message', (message: ToMediaWorker) => worker.receive(message));
  void worker.start();
});
