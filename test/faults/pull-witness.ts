import type { Pull } from '../../src/cameras/camera.ts';
import type { CameraProcess } from '../../src/cameras/camera-process.ts';
import type { HerdServer } from '../support/herd-server.ts';

const LOOK_EVERY_MS = 20;

/**
 * The cameras' log. Where a server was cut off from them as well, its packets' and its pulls' ends alike cannot arrive: there the end
 * of its last ffmpeg, which is later than that of any pull, stands for both.
 */
export class PullWitness {
  readonly #cameras: CameraProcess;
  readonly #unseen: HerdServer | undefined;
  #endedAtMs: number | undefined;

  constructor(cameras: CameraProcess, unseen: HerdServer | undefined) {
    this.#cameras = cameras;
    this.#unseen = unseen;
    this.#watch();
  }

  async pulls(): Promise<readonly Pull[]> {
    const pulls = await this.#cameras.pulls();
    const [endMs, address] = [this.#endedAtMs, this.#unseen?.address];
    if (endMs === undefined) return pulls;
    return pulls.map((pull) => {
      const { from, openedAtMs, closedAtMs } = pull;
      const isUnseen = from.startsWith(`${address}:`) && openedAtMs < endMs;
      return isUnseen ? { ...pull, closedAtMs: Math.min(closedAtMs ?? endMs, endMs) } : pull;
    });
  }

  #watch(): void {
    if (this.#unseen === undefined || this.#endedAtMs !== undefined) return;
    if (this.#unseen.capturePids.length === 0) this.#endedAtMs = this.#nowMs();
    else setTimeout(() => this.#watch(), LOOK_EVERY_MS).unref();
  }

  /** On the cameras' clock. */
  #nowMs(): number {
    return Number(process.hrtime.bigint()) / 1e6 - this.#cameras.started.clockOriginMs;
  }
}
