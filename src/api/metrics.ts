import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { PUSH_STATES } from '../domain/push/push-status.ts';
import { SERVER_STATES, type ServerStatus, STREAM_STATES, type StreamStatus } from '../domain/status.ts';
import type { TallyCounts } from '../domain/tally.ts';
import type { ControlFigures } from '../host/control-delay.ts';
import type { MediaFigures } from '../http/public/media-messages.ts';
import { type ArchiveReading, setArchive } from './archive-metrics.ts';

/** The state at the moment when the metrics are asked for. */
export interface MetricsReading {
  readonly streams: readonly StreamStatus[];
  readonly servers: readonly ServerStatus[];
  /** By how much the clocks of others are ahead of this server's. */
  readonly clockOffsetsMs: ReadonlyMap<string, number>;
  /** This server may capture. */
  readonly standing: boolean;
  readonly busConnected: boolean;
  /** Ffmpegs that wait for a source. */
  readonly spares: number;
  readonly media: MediaFigures;
  readonly counts: TallyCounts;
  readonly control: ControlFigures;
  /** A line for each; empty where the configuration wants none. */
  readonly captures: readonly CaptureReading[];
  /** Absent: it does not answer. */
  readonly archive?: ArchiveReading | undefined;
}

/** A stream that this server owns. */
export interface CaptureReading {
  readonly stream: string;
  readonly isLive: boolean;
  readonly bitrateKbps?: number;
  /** Runs of ffmpeg that failed since this server began to capture it. */
  readonly failures: number;
  /** Since its last segment closed; absent before the first. */
  readonly lastSegmentAgeMs?: number;
}

/** Metrics of the rendering thread, which is not the control thread: they are replaced by those of the control thread. */
const OF_THE_RENDERING_THREAD = /^nodejs_(?:eventloop|heap|active|gc)/;

/**
 * Renders the metrics of one server in the Prometheus text format. Every server says the state of the whole herd as it sees it, so
 * two servers whose metrics differ show a fault. Lines of single streams are only about streams that it owns.
 */
export class Metrics {
  readonly #server: string;
  readonly #version: string;
  readonly #process: Registry;

  constructor(server: string, version: string) {
    this.#server = server;
    this.#version = version;
    this.#process = registryOf(server);
    collectDefaultMetrics({ register: this.#process });
    for (const { name } of this.#process.getMetricsAsArray()) {
      if (OF_THE_RENDERING_THREAD.test(name)) this.#process.removeSingleMetric(name);
    }
  }

  async text(reading: MetricsReading): Promise<string> {
    const read = registryOf(this.#server);
    setHerd(read, this.#server, reading);
    setPeers(read, this.#server, reading);
    setControl(read, reading.control);
    setCounts(read, reading.counts, reading.media);
    setCaptures(read, reading.captures);
    if (reading.archive !== undefined) setArchive(read, reading.archive);
    new Gauge({
      name: 'streamherd_build_info',
      help: 'Always 1; the version is a label',
      labelNames: ['version', 'node'],
      registers: [read],
    }).set({ version: this.#version, node: process.version }, 1);
    return `${await this.#process.metrics()}${await read.metrics()}`;
  }
}

function registryOf(server: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ server });
  return registry;
}

function gauge(registry: Registry, name: string, help: string, value: number): void {
  new Gauge({ name, help, registers: [registry] }).set(value);
}

function setHerd(registry: Registry, server: string, reading: MetricsReading): void {
  const { streams, servers, standing, busConnected, spares, media } = reading;
  const byState = <State extends string>(
    name: string,
    help: string,
    states: readonly State[],
    all: readonly { readonly state: State }[],
  ) => {
    const gaugeOf = new Gauge({ name, help, labelNames: ['state'], registers: [registry] });
    for (const state of states) gaugeOf.set({ state }, all.filter((each) => each.state === state).length);
  };
  byState('streamherd_streams', 'Streams of the herd by state', STREAM_STATES, streams);
  byState('streamherd_servers', 'Servers of the herd by state', SERVER_STATES, servers);
  const captures = streams.filter((stream) => stream.server === server).length;
  gauge(registry, 'streamherd_captures', 'Streams that this server owns', captures);
  const pushes = streams.filter((stream) => stream.server === server).flatMap((stream) => stream.pushes ?? []);
  byState('streamherd_pushes', 'Receivers that this server pushes streams to, by state', PUSH_STATES, pushes);
  gauge(registry, 'streamherd_spare_ffmpegs', 'Ffmpegs that wait for a stream to take over', spares);
  gauge(registry, 'streamherd_standing', '1 while this server may capture', Number(standing));
  gauge(registry, 'streamherd_bus_connected', '1 while this server is connected to NATS', Number(busConnected));
  gauge(registry, 'streamherd_http_in_flight', 'Media requests being answered', media.inFlight);
  gauge(registry, 'streamherd_mpegts_viewers', 'Viewers of MPEG-TS over HTTP', media.viewers);
  if (media.certificateExpiresMs !== undefined) {
    const help = 'When the certificate of the HTTPS port expires, Unix time in seconds';
    gauge(registry, 'streamherd_certificate_expires_timestamp_seconds', help, media.certificateExpiresMs / 1000);
  }
}

/** What this server itself finds: each of the others says its own. */
function setPeers(registry: Registry, server: string, { servers, clockOffsetsMs }: MetricsReading): void {
  const problem = new Gauge({
    name: 'streamherd_peer_problem',
    help: '1 for what this server finds wrong with a server of the herd',
    labelNames: ['peer', 'kind'],
    registers: [registry],
  });
  for (const { name: peer, problems = [] } of servers) {
    for (const { kind, by } of problems) if (by.includes(server)) problem.set({ peer, kind }, 1);
  }
  const offset = new Gauge({
    name: 'streamherd_peer_clock_offset_seconds',
    help: 'By how much the clock of another server is ahead of this one’s',
    labelNames: ['peer'],
    registers: [registry],
  });
  for (const [peer, offsetMs] of clockOffsetsMs) offset.set({ peer }, offsetMs / 1000);
}

function setControl(registry: Registry, control: ControlFigures): void {
  const { meanDelayMs, maxDelayMs, worstDelayMs, heapUsedBytes, heapTotalBytes } = control;
  const thread = 'of the control thread, which beats, claims and captures';
  gauge(
    registry,
    'streamherd_control_delay_worst_seconds',
    `Longest delay ${thread}, in the last minute`,
    worstDelayMs / 1000,
  );
  gauge(registry, 'nodejs_eventloop_lag_mean_seconds', `Mean delay ${thread}, in the last second`, meanDelayMs / 1000);
  gauge(registry, 'nodejs_eventloop_lag_max_seconds', `Longest delay ${thread}, in the last second`, maxDelayMs / 1000);
  gauge(registry, 'nodejs_heap_size_used_bytes', `Heap in use ${thread}`, heapUsedBytes);
  gauge(registry, 'nodejs_heap_size_total_bytes', `Heap ${thread}`, heapTotalBytes);
}

function setCounts(registry: Registry, counts: TallyCounts, media: MediaFigures): void {
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `streamherd_${name}_total`, help, labelNames, registers: [registry] });
  const byLabel = <Label extends string>(
    name: string,
    help: string,
    label: Label,
    values: Readonly<Record<string, number>>,
  ) => {
    const of = counter(name, help, label);
    for (const [value, count] of Object.entries(values))
      of.inc({ [label]: value } as Partial<Record<Label, string>>, count);
  };
  counter('segments', 'Segments captured by this server').inc(counts.segments);
  counter('segment_bytes', 'Bytes of segments captured by this server').inc(counts.segmentBytes);
  counter('beats_sent', 'Beats sent').inc(counts.beatsSent);
  const heard = counter(
    'beats_heard',
    'Beats heard, by the server that sent them and the way they came',
    'peer',
    'via',
  );
  for (const { peer, via, count } of counts.beatsHeard) heard.inc({ peer, via }, count);
  byLabel('claims', 'Attempts to claim a stream, by outcome', 'outcome', counts.claims);
  byLabel('events', 'Events that this server told of, by kind', 'kind', counts.events);
  byLabel('capture_failures', 'Runs of ffmpeg that failed, by what ended them', 'failure', counts.failures);
  counter('http_requests', 'HTTP requests').inc(media.requests);
  counter('http_redirects', 'Redirects to the server that has the stream').inc(media.redirects);
  counter('http_segment_bytes', 'Bytes of segments sent').inc(media.segmentBytes);
}

function setCaptures(registry: Registry, captures: readonly CaptureReading[]): void {
  if (captures.length === 0) return;
  const of = (name: string, help: string) =>
    new Gauge({ name: `streamherd_stream_${name}`, help, labelNames: ['stream'], registers: [registry] });
  const up = of('up', '1 while the stream, which this server owns, is live');
  const bitrate = of('bitrate_bits', 'Bits a second of the stream');
  const age = of('last_segment_age_seconds', 'Since the last segment of the stream closed');
  const failures = new Counter({
    name: 'streamherd_stream_restarts_total',
    help: 'Runs of ffmpeg that failed since this server began to capture the stream',
    labelNames: ['stream'],
    registers: [registry],
  });
  for (const { stream, isLive, bitrateKbps, failures: failed, lastSegmentAgeMs } of captures) {
    up.set({ stream }, Number(isLive));
    if (bitrateKbps !== undefined) bitrate.set({ stream }, bitrateKbps * 1000);
    failures.inc({ stream }, failed);
    if (lastSegmentAgeMs !== undefined) age.set({ stream }, lastSegmentAgeMs / 1000);
  }
}
