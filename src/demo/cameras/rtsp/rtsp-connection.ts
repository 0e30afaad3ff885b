import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Camera, OpenPull } from '../camera.ts';
import type { Track } from '../clip.ts';
import { MediaSender, type StartAt } from '../media-sender.ts';
import { type CameraLogin, challenge, isAuthorized } from './authorization.ts';
import { formatAnswer, type RtspAnswer, RtspReader, type RtspRequest } from './rtsp-message.ts';

/** What a connection needs of the server that accepted it. */
export interface Studio {
  readonly credentials?: CameraLogin;
  readonly startAt: StartAt;
  find(name: string): Camera | undefined;
  /** Unix milliseconds, never backwards: the clock that all cameras share. */
  clockMs(): number;
}

/** A puller that reads slower than this much behind loses frames, as from a camera. */
const MAX_BACKLOG_BYTES = 2_097_152;
const SESSION_TIMEOUT_S = 60;
const METHODS = 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER';
const TRACK_URI = /\/trackID=(\d+)$/;

/** One client of the camera server: at most one pull, of one camera. */
export class RtspConnection {
  readonly #socket: Socket;
  readonly #studio: Studio;
  readonly #reader = new RtspReader();
  readonly #nonce = randomBytes(16).toString('hex');
  readonly #session = randomBytes(8).toString('hex');
  readonly #channels = new Map<Track, number>();
  #camera: Camera | undefined;
  #pull: OpenPull | undefined;
  #media: MediaSender | undefined;
  #over = false;

  constructor(socket: Socket, studio: Studio) {
    this.#socket = socket;
    this.#studio = studio;
    socket.setNoDelay(true);
    // A turn later, when every end that the kernel already had is handled: a pull that ended before this one began must not
    // count as simultaneous only because both arrived in one turn of the event loop.
    socket.on('data', (chunk: Buffer) => setImmediate(() => this.#receive(chunk)));
    for (const event of ['end', 'close']) socket.on(event, () => this.#finish());
    socket.on('error', () => this.#finish());
  }

  /** Whether it pulls `name`, or has asked for it. */
  isFor(name: string): boolean {
    return this.#camera?.name === name;
  }

  /** Sends what is due. */
  tick(cameraMs: number): void {
    if (this.#media === undefined || this.#over) return;
    const due = this.#media.take(cameraMs);
    const holdsBack = this.#camera?.fault?.type === 'stall' || this.#socket.writableLength > MAX_BACKLOG_BYTES;
    if (due.length > 0 && !holdsBack) this.#socket.write(due);
  }

  /** Ends with a FIN and without a TEARDOWN. */
  close(): void {
    this.#socket.end();
  }

  /**
   * Ends with a RST, unless its FIN is already on the way: libuv refuses to reset such a socket, and Node then forgets the socket without
   * closing it, so that the process would never end.
   */
  reset(): void {
    if (this.#socket.writableEnded) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #finish(): void {
    this.#over = true;
    this.#endPull();
  }

  #endPull(): void {
    if (this.#pull !== undefined) this.#camera?.close(this.#pull);
    this.#pull = undefined;
    this.#media = undefined;
  }

  #receive(chunk: Buffer): void {
    for (const input of this.#reader.push(chunk)) {
      if (this.#over) return;
      if (input.type === 'malformed') {
        this.#socket.end(formatAnswer({ status: 400 }, '0'));
        this.#over = true;
        return;
      }
      const { request } = input;
      const answer = this.#answer(request);
      if (answer !== undefined) this.#socket.write(formatAnswer(answer, request.headers.get('cseq') ?? '0'));
      if (request.method === 'TEARDOWN') this.#socket.end();
    }
  }

  /** `undefined`: nothing, or nothing more, is said. */
  #answer(request: RtspRequest): RtspAnswer | undefined {
    const camera = this.#studio.find(cameraName(request.uri));
    if (camera !== undefined && this.#camera === undefined) camera.countAttempt();
    this.#camera ??= camera;
    if (camera?.fault !== undefined && this.#pull === undefined) {
      const faulty = this.#misbehave(camera, request.method);
      if (faulty !== 'as usual') return faulty;
    }
    if (request.method === 'OPTIONS') return { status: 200, headers: { Public: METHODS } };
    const { credentials } = this.#studio;
    if (credentials !== undefined) {
      const authorization = request.headers.get('authorization');
      if (!isAuthorized(credentials, this.#nonce, request.method, authorization)) return this.#unauthorized();
    }
    if (camera === undefined || camera !== this.#camera) return { status: 404 };
    return this.#perform(camera, request);
  }

  #misbehave(camera: Camera, method: string): RtspAnswer | undefined | 'as usual' {
    const { fault } = camera;
    if (fault?.type === 'mute') return undefined;
    if (fault?.type === 'refuse') this.reset();
    else if (fault?.type === 'rubbish') this.#socket.write(RUBBISH);
    else if (fault?.type !== 'answer' || method === 'OPTIONS') return 'as usual';
    else return fault.status === 401 ? this.#unauthorized() : { status: fault.status };
    return undefined;
  }

  #unauthorized(): RtspAnswer {
    const asked = challenge(this.#studio.credentials?.scheme, this.#nonce);
    return { status: 401, headers: { 'WWW-Authenticate': asked } };
  }

  #perform(camera: Camera, request: RtspRequest): RtspAnswer {
    switch (request.method) {
      case 'DESCRIBE':
        return describe(camera, request.uri);
      case 'SETUP':
        return this.#setUp(camera, request);
      case 'PLAY':
        return this.#play(camera, request.uri);
      case 'TEARDOWN':
        this.#endPull();
        return { status: 200 };
      case 'GET_PARAMETER':
      case 'SET_PARAMETER':
        return { status: 200 };
      default:
        return { status: 501 };
    }
  }

  #setUp(camera: Camera, { uri, headers }: RtspRequest): RtspAnswer {
    const track = tracksOf(camera)[Number(TRACK_URI.exec(uri)?.[1] ?? 0)];
    if (track === undefined) return { status: 404 };
    const transport = headers.get('transport') ?? '';
    if (!transport.includes('RTP/AVP/TCP')) return { status: 461 };
    if (this.#media !== undefined) return { status: 455 };
    this.#pull ??= camera.open(`${this.#socket.remoteAddress}:${this.#socket.remotePort}`);
    if (this.#pull === undefined) return { status: 453 };
    const channel = Number(/interleaved=(\d{1,3})/.exec(transport)?.[1] ?? this.#channels.size * 2) & 0xfe;
    this.#channels.set(track, channel);
    return {
      status: 200,
      headers: {
        Session: `${this.#session};timeout=${SESSION_TIMEOUT_S}`,
        Transport: `RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}`,
      },
    };
  }

  #play(camera: Camera, uri: string): RtspAnswer {
    if (this.#pull === undefined) return { status: 455 };
    const { startAt } = this.#studio;
    this.#media ??= new MediaSender(camera.clip, this.#channels, startAt, this.#studio.clockMs());
    const tracks = tracksOf(camera).flatMap((track, index) => {
      const first = this.#media?.first(track);
      return first ? [`url=${baseOf(uri)}trackID=${index};seq=${first.sequence};rtptime=${first.timestamp}`] : [];
    });
    return {
      status: 200,
      headers: { Session: this.#session, Range: 'npt=now-', 'RTP-Info': tracks.join(',') },
    };
  }
}

function tracksOf({ clip }: Camera): Track[] {
  return clip.audio === undefined ? [clip.video] : [clip.video, clip.audio];
}

function baseOf(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`;
}

function cameraName(uri: string): string {
  const path = /^rtsp:\/\/[^/]*\/([^?#]*)/.exec(uri)?.[1] ?? '';
  return path.replace(TRACK_URI, '').replace(/\/$/, '');
}

function describe(camera: Camera, uri: string): RtspAnswer {
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    `s=${camera.name}`,
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'a=range:npt=now-',
  ];
  for (const [index, track] of tracksOf(camera).entries()) lines.push(...track.sdp, `a=control:trackID=${index}`);
  return {
    status: 200,
    headers: { 'Content-Base': baseOf(uri), 'Content-Type': 'application/sdp' },
    body: `${lines.join('\r\n')}\r\n`,
  };
}

/** Never a `$`, which would begin an interleaved frame; line ends, so that a reader of lines has something to read. */
const RUBBISH = Buffer.from(
  Array.from({ length: 32 }, (_, line) => `${'\u00ff\u0001#?%~'.repeat(line + 1)}\r\n`).join(''),
);
