/** Why a run of ffmpeg ended. Ending is always a failure for a live source, also with exit status 0. */
export interface SourceFailure {
  readonly kind: SourceFailureKind;
  /** One sentence, scrubbed of credentials. */
  readonly message: string;
}

export type SourceFailureKind =
  | 'refused'
  | 'unreachable'
  | 'authentication'
  | 'not-found'
  /** No data within the deadline. */
  | 'timeout'
  | 'unsupported'
  /** The source ended or was lost. */
  | 'ended'
  /** A fault of the server, not of the source: disk, options, a missing ffmpeg. */
  | 'ours';

/** The same for each way in which it is away. */
const CAMERA = 'Look at the camera: its power, its cable, its address';

/** By what the server says of a source that failed, the first that fits. */
const ADVICE: readonly (readonly [says: RegExp, advice: string])[] = [
  [/refuses the credentials/, 'Put the user and the password of the camera into the input of its definition.'],
  [/has no such stream/, 'The path in the input is not one of this camera: compare it with the manual of the camera.'],
  [
    /refuses the connection/,
    'The address answers, and not on this port: check the port, and whether the camera has as many viewers as it allows.',
  ],
  [/cannot be reached/, `${CAMERA}, and the route from this server to it.`],
  [/does not answer|gave no data|no packets arrive/, `${CAMERA}, and firewalls between it and this server.`],
  [/of a kind that is not captured/, 'Try another address of the camera: one with H.264 or H.265 over RTSP.'],
  [/cannot be copied|transcoder settings do not work/, 'Change the transcoder line of the definition.'],
  [/sends no media/, 'Try the address in another player; a camera that has just started may need a minute.'],
  [
    /closed the connection|ended or was lost/,
    'The capture begins again by itself. If it happens often, look at the network and at the log of the camera.',
  ],
  [
    /disk is full|cannot be written/,
    'Make room on the disk of this server. Its streams go to servers that can store them.',
  ],
  [/short of resources|cannot be started|too old/, 'Run "streamherd doctor" on this server.'],
];

/** What an operator can do about a failure, by its message; `undefined`: no more is known than what that says. */
export function adviceOf(error: string): string | undefined {
  return ADVICE.find(([says]) => says.test(error))?.[1];
}
