import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ServerStatus, StreamStatus } from '../domain/status.ts';
import type { MediaFigures } from './media-messages.ts';

/** Read when the metrics are asked for. */
export interface MetricsReading {
  readonly streams: readonly StreamStatus[];
  readonly servers: readonly ServerStatus[];
  /** This server may capture. */
  readonly standing: boolean;
  readonly busConnected: boolean;
  /** Ffmpegs that wait for a source. */
  readonly spares: number;
  readonly media: MediaFigures;
}

export interface Metrics {
  segmentClosed(bytes: number): void;
  /** `reason`: a class of source failures. */
  captureRestarted(reason: string): void;
  claimed(outcome: 'won' | 'lost' | 'unknown'): void;
  beatSent(): void;
  beatHeard(peer: string): void;
  fenced(): void;
  /** In the Prometheus text format. */
  text(): Promise<string>;
}

const STREAM_STATES: readonly StreamStatus['state'][] = [
  ...([
    'stopped',
    'idle',
    'claiming',
    'handing-back',
    'connecting',
    'live',
    'stalled',
    'backing-off',
    'stopping',
  ] as const),
];
const SERVER_STATES: readonly ServerStatus['state'][] = ['up', 'draining', 'down'];

/**
 * The metrics of one server. What is a state is read when asked for; what happens is counted when it does. Every server says
 * the state of the whole herd as it sees it: two servers that differ are a finding in themselves.
 */
export function createMetrics(server: string, read: () => MetricsReading): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ server });
  collectDefaultMetrics({ register: registry, prefix: 'streamherd_' });
  addGauges(registry, server, read);
  const counters = addCounters(registry);
  return {
    segmentClosed: (bytes) => {
      counters.segments.inc();
      counters.segmentBytes.inc(bytes);
    },
    captureRestarted: (reason) => counters.restarts.inc({ reason }),
    claimed: (outcome) => counters.claims.inc({ outcome }),
    beatSent: () => counters.beatsSent.inc(),
    beatHeard: (peer) => counters.beatsHeard.inc({ peer }),
    fenced: () => counters.fenced.inc(),
    text: () => registry.metrics(),
  };
}

function addGauges(registry: Registry, server: string, read: () => MetricsReading): void {
  gauge(registry, 'streams', 'Streams of the herd by state', ['state'], (set) => {
    const { streams } = read();
    for (const state of STREAM_STATES) set(streams.filter((stream) => stream.state === state).length, { state });
  });
  gauge(registry, 'servers', 'Servers of the herd by state', ['state'], (set) => {
    const { servers } = read();
    for (const state of SERVER_STATES) set(servers.filter((each) => each.state === state).length, { state });
  });
  gauge(registry, 'captures', 'Streams that this server owns', [], (set) => {
    set(read().streams.filter((stream) => stream.server === server).length);
  });
  gauge(registry, 'spare_ffmpegs', 'Ffmpegs that wait for a stream to take over', [], (set) => set(read().spares));
  gauge(registry, 'standing', '1 while this server may capture', [], (set) => set(Number(read().standing)));
  gauge(registry, 'bus_connected', '1 while this server is connected to NATS', [], (set) =>
    set(Number(read().busConnected)),
  );
  gauge(registry, 'http_in_flight', 'Media requests being answered', [], (set) => set(read().media.inFlight));
  gauge(registry, 'mpegts_viewers', 'Viewers of MPEG-TS over HTTP', [], (set) => set(read().media.viewers));
  gauge(registry, 'http_requests', 'HTTP requests since the media worker started', [], (set) =>
    set(read().media.requests),
  );
  gauge(registry, 'http_redirects', 'Redirects since the media worker started', [], (set) =>
    set(read().media.redirects),
  );
  gauge(registry, 'http_segment_bytes', 'Bytes of segments sent since the media worker started', [], (set) => {
    set(read().media.segmentBytes);
  });
}

function gauge<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  collect: (set: (value: number, labels?: Partial<Record<Label, string>>) => void) => void,
): void {
  new Gauge({
    name: `streamherd_${name}`,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      collect((value, labels) => (labels ? this.set(labels, value) : this.set(value)));
    },
  });
}

function addCounters(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `streamherd_${name}_total`, help, labelNames, registers: [registry] });
  return {
    segments: counter('segments', 'Segments captured by this server'),
    segmentBytes: counter('segment_bytes', 'Bytes of segments captured by this server'),
    restarts: counter('capture_restarts', 'Captures started again, by what ended them', 'reason'),
    claims: counter('claims', 'Claims of streams by outcome', 'outcome'),
    beatsSent: counter('beats_sent', 'Beats sent'),
    beatsHeard: counter('beats_heard', 'Beats heard, by who sent them', 'peer'),
    fenced: counter('fenced', 'Times that this server lost standing'),
  };
}
