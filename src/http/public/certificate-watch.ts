import type { Gate } from '../../domain/gate.ts';
import {
  type CertificateFiles,
  EXPIRES_SOON_MS,
  readCertificate,
  type TlsCertificate,
  versionOf,
} from '../../host/tls-certificate.ts';

const LOOK_MS = 3000;

export interface CertificateState {
  /** Of the certificate in use, Unix; absent: there is none yet. */
  readonly expiresMs?: number;
  /** What an operator should mend, one sentence; empty: nothing. */
  readonly problem: string;
}

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  readonly disk: Gate;
  readonly unixMs: () => number;
  /** To be shown to clients from now on. */
  readonly use: (certificate: TlsCertificate) => void;
  /** Called with the first state, and when it has changed. */
  readonly tell: (state: CertificateState) => void;
}

/**
 * The certificate of the HTTPS port, read again when its files change. If they are bad, the last good one stays in use: a server never
 * stops for its certificate.
 */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  #version: string | undefined;
  /** Read without success, maybe between the renewal of one file and that of the other. */
  #doubted: string | undefined;
  #used: TlsCertificate | undefined;
  #problem = '';
  #told: CertificateState | undefined;
  #isLooking = false;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
  }

  /** Looks now, and then every few seconds. */
  run(signal: AbortSignal): void {
    void this.look();
    const looking = setInterval(() => void this.look(), LOOK_MS);
    signal.addEventListener('abort', () => clearInterval(looking));
  }

  /** Never rejects. */
  async look(): Promise<void> {
    // A disk that hangs is not asked twice.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { disk, files } = this.#options;
      const version = await disk.run(() => versionOf(files));
      if (version !== this.#version) await this.#read(version);
    } catch (error) {
      this.#problem = reasonOf(error);
    } finally {
      this.#isLooking = false;
    }
    this.#tell();
  }

  async #read(version: string): Promise<void> {
    const { disk, files, use } = this.#options;
    try {
      const certificate = await disk.run(() => readCertificate(files));
      use(certificate);
      this.#used = certificate;
      this.#problem = '';
      // Each renewal is told.
      this.#told = undefined;
    } catch (error) {
      const isDoubted = this.#used === undefined || this.#doubted === version;
      this.#doubted = version;
      if (!isDoubted) return;
      this.#problem = reasonOf(error);
    }
    this.#version = version;
  }

  #tell(): void {
    const { expiresMs } = this.#used ?? {};
    const problem = this.#problem || this.#expiry(expiresMs);
    if (this.#told?.problem === problem && this.#told.expiresMs === expiresMs) return;
    this.#told = { problem, ...(expiresMs !== undefined && { expiresMs }) };
    this.#options.tell(this.#told);
  }

  #expiry(expiresMs: number | undefined): string {
    const { files, unixMs } = this.#options;
    if (expiresMs === undefined || expiresMs - unixMs() > EXPIRES_SOON_MS) return '';
    const end = new Date(expiresMs).toISOString();
    return `${files.certFile}: it ${expiresMs < unixMs() ? 'expired' : 'expires'} at ${end}`;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
