import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { HERD_EVENT_KINDS } from '../domain/herd-event.ts';
import { SERVER_STATES, type ServerStatus, STREAM_STATES, type StreamStatus } from '../domain/status.ts';
import type { Tally } from '../domain/tally.ts';
import type { MediaFigures } from './media-messages.ts';

/** What is so at the moment in which the metrics are asked for. */
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
  /** Counts what happens. */
  readonly tally: Tally;
  /** In the Prometheus text format. */
  text(reading: MetricsReading): Promise<string>;
}

/**
 * The metrics of one server. What is a state is read when asked for; what happens is counted when it does. Every server says
 * the state of the whole herd as it sees it: two servers that differ are a finding in themselves.
 */
export function createMetrics(server: string): Metrics {
  const counted = registryOf(server);
  collectDefaultMetrics({ register: counted, prefix: 'streamherd_' });
  const tally = tallyIn(counted);
  return {
    tally,
    text: async (reading) => {
      const read = registryOf(server);
      setGauges(read, server, reading);
      return `${await counted.metrics()}${await read.metrics()}`;
    },
  };
}

function registryOf(server: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ server });
  return registry;
}

function setGauges(registry: Registry, server: string, reading: MetricsReading): void {
  const { streams, servers, standing, busConnected, spares, media } = reading;
  const gauge = (name: string, help: string, value: number) => {
    new Gauge({ name: `streamherd_${name}`, help, registers: [registry] }).set(value);
  };
  const byState = <State extends string>(
    name: string,
    help: string,
    states: readonly State[],
    all: readonly { readonly state: State }[],
  ) => {
    const gaugeOf = new Gauge({ name: `streamherd_${name}`, help, labelNames: ['state'], registers: [registry] });
    for (const state of states) gaugeOf.set({ state }, all.filter((each) => each.state === state).length);
  };
  byState('streams', 'Streams of the herd by state', STREAM_STATES, streams);
  byState('servers', 'Servers of the herd by state', SERVER_STATES, servers);
  gauge('captures', 'Streams that this server owns', streams.filter((stream) => stream.server === server).length);
  gauge('spare_ffmpegs', 'Ffmpegs that wait for a stream to take over', spares);
  gauge('standing', '1 while this server may capture', Number(standing));
  gauge('bus_connected', '1 while this server is connected to NATS', Number(busConnected));
  gauge('http_in_flight', 'Media requests being answered', media.inFlight);
  gauge('mpegts_viewers', 'Viewers of MPEG-TS over HTTP', media.viewers);
  gauge('http_requests', 'HTTP requests since the media worker started', media.requests);
  gauge('http_redirects', 'Redirects since the media worker started', media.redirects);
  gauge('http_segment_bytes', 'Bytes of segments sent since the media worker started', media.segmentBytes);
}

function tallyIn(registry: Registry): Tally {
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `streamherd_${name}_total`, help, labelNames, registers: [registry] });
  const segments = counter('segments', 'Segments captured by this server');
  const segmentBytes = counter('segment_bytes', 'Bytes of segments captured by this server');
  const claims = counter('claims', 'Attempts to claim a stream, by outcome', 'outcome');
  const beatsSent = counter('beats_sent', 'Beats sent');
  const beatsHeard = counter('beats_heard', 'Beats heard, by who sent them and over which way', 'peer', 'via');
  const events = counter('events', 'Events that this server told of, by kind', 'kind');
  const failures = counter('capture_failures', 'Runs of ffmpeg that failed, by what ended them', 'failure');
  // A kind that has not happened yet is 0, not unknown: alerts are about the first one too.
  for (const kind of HERD_EVENT_KINDS) events.inc({ kind }, 0);
  for (const outcome of ['won', 'lost', 'unknown']) claims.inc({ outcome }, 0);
  return {
    segmentClosed: (bytes) => {
      segments.inc();
      segmentBytes.inc(bytes);
    },
    claimed: (outcome) => claims.inc({ outcome }),
    beatSent: () => beatsSent.inc(),
    beatHeard: (peer, via) => beatsHeard.inc({ peer, via }),
    told: ({ kind, detail }) => {
      events.inc({ kind });
      if (kind === 'stream-source-error' && typeof detail?.failure === 'string')
        failures.inc({ failure: detail.failure });
    },
  };
}
