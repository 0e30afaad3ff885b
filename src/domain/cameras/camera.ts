/*
 * What cameras say of themselves by ONVIF. Every text of a camera has gone through `plainLine` before it stands here.
 */

/** A camera that answered. */
export interface FoundCamera {
  /** The address that answered. */
  readonly address: string;
  /** Where it is asked for its profiles. Absent: it names other hosts only, which are not asked. */
  readonly url?: string;
  /** Empty, as each of the next three: it did not say. */
  readonly name: string;
  readonly maker: string;
  readonly hardware: string;
  readonly location: string;
  /** What is odd about it, a sentence. */
  readonly remark?: string;
}

/** An address that an operator names. */
export interface CameraHost {
  readonly address: string;
  /** Of its HTTP server; absent: 80. */
  readonly port?: number;
}

export interface CameraQuery {
  /** How long answers are waited for. */
  readonly seconds: number;
  /** The address of the interface to ask on; absent: on all. */
  readonly from?: string;
  /** Are asked one by one, and nothing else then; empty: what multicast reaches. */
  readonly hosts: readonly CameraHost[];
}

export interface CameraSearch {
  readonly cameras: readonly FoundCamera[];
  /** What could not be asked, or was left out: a sentence each. */
  readonly remarks: readonly string[];
  /** Whether a question could be sent at all. */
  readonly isAsked: boolean;
}

export interface CameraLogin {
  readonly user: string;
  readonly password: string;
}

/** One of the pictures that a camera sends. */
export interface CameraProfile {
  /** The camera's own word for it. */
  readonly token: string;
  readonly name: string;
  readonly codec?: string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly kbps?: number;
  /** Without user and password, at the host that was asked. */
  readonly url: string;
}

export const CAMERA_FAILURES = ['login', 'unreachable', 'timeout', 'refused', 'not-understood'] as const;

export interface CameraFailure {
  readonly kind: (typeof CAMERA_FAILURES)[number];
  /** A sentence. */
  readonly message: string;
}

export type CameraProfiles =
  | {
      readonly ok: true;
      readonly maker: string;
      readonly hardware: string;
      readonly profiles: readonly CameraProfile[];
      readonly remarks: readonly string[];
    }
  | { readonly ok: false; readonly failure: CameraFailure };

/** Looks for cameras, and asks them. Both reject with the signal's reason, and with `GateFullError`. `onBegin`: it is not refused. */
export interface CameraFinder {
  search(query: CameraQuery, signal: AbortSignal, onBegin?: () => void): Promise<CameraSearch>;
  /** `undefined`: no search has found a camera at this URL, so nothing is asked. */
  profiles(
    url: string,
    login: CameraLogin | undefined,
    signal: AbortSignal,
    onBegin?: () => void,
  ): Promise<CameraProfiles | undefined>;
}

export const MIN_SEARCH_S = 1;
export const MAX_SEARCH_S = 30;
export const DEFAULT_SEARCH_S = 4;
export const MAX_HOSTS = 64;
