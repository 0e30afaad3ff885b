import { tapNumbers } from './tap-id.ts';

/** Where an ffmpeg sends what it writes into segments, while it writes it. */
export interface TapTarget {
  /** Path of a socket. */
  readonly socket: string;
  readonly id: number;
}

/**
 * The output is decoupled (`fifo`): if the socket's reader is slow or gone, packets of this output are dropped, a new connection is tried every
 * second, and the segments on disk go on.
 */
const FIFO = {
  drop_pkts_on_overflow: '1',
  attempt_recovery: '1',
  recover_any_error: '1',
  recovery_wait_time: '1',
  restart_with_keyframe: '1',
};

/** Nothing is held back to fill a packet. */
function muxing(id: number): Readonly<Record<string, string>> {
  const { transportStream, program } = tapNumbers(id);
  return {
    flush_packets: '1',
    pes_payload_size: '0',
    mpegts_transport_stream_id: String(transportStream),
    mpegts_service_id: String(program),
  };
}

/** A second output, of what is copied. Streams have to be named, since this output has no codecs of its own to choose by. */
export function copiedTap({ socket, id }: TapTarget, coding: readonly string[]): readonly string[] {
  const fifo = Object.entries(FIFO).flatMap(([name, value]) => [`-${name}`, value]);
  const format = ['-f', 'fifo', '-fifo_format', 'mpegts', ...fifo, '-format_opts', listed(muxing(id))];
  return [...CHOSEN, ...coding, ...format, urlOf(socket)];
}

/** The first picture and the first sound. */
export const CHOSEN = ['-map', '0:v:0?', '-map', '0:a:0?'];

/** One output for what is encoded, so that it is encoded once: what `main` says, and the tap. */
export function encodedTap(
  { socket, id }: TapTarget,
  main: { readonly options: Readonly<Record<string, string>>; readonly url: string },
): readonly string[] {
  const tap = { f: 'mpegts', onfail: 'ignore', use_fifo: '1', fifo_options: listed(FIFO), ...muxing(id) };
  return ['-f', 'tee', `${branch(main.options, main.url)}|${branch(tap, urlOf(socket))}`];
}

function urlOf(socket: string): string {
  return `unix://${socket}`;
}

function listed(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(':');
}

/** ffmpeg takes two layers of quoting away: that of the list of branches, and that of the options. */
function branch(options: Readonly<Record<string, string>>, url: string): string {
  const quoted = Object.entries(options).map(([name, value]) => `${name}=${value.replace(/[\\':\]\s]/g, '\\$&')}`);
  return `[${quoted.join(':')}]${url}`.replace(/[\\'|]/g, '\\$&');
}
