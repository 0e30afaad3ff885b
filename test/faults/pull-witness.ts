import type { Pull } from '../../src/demo/cameras/camera.ts';
import type { CameraProcess } from '../../src/demo/cameras/camera-process.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { processOfPull } from '../support/pull-process.ts';

/** When the last pull of a server ended whose end no camera could see, on the cameras' clock. */
interface UnseenEnd {
  readonly address: string;
  readonly endedAtMs: number;
}

const LOOK_EVERY_MS = 20;

/**
 * The cameras' log. If a server is cut off also from the cameras, they get nothing from it any more, neither a packet nor the end of a
 * pull. For its pulls the end of its last ffmpeg counts, which is later than the end of any pull.
 */
export class PullWitness {
  readonly #cameras: CameraProcess;
  readonly #unseen: UnseenEnd[] = [];

  constructor(cameras: CameraProcess) {
    this.#cameras = cameras;
  }

  /** The pulls that `server` has now are from here on unseen. */
  async watch(server: HerdServer): Promise<void> {
    const { address } = server;
    const open = (await this.#cameras.pulls()).filter((pull) => pull.closedAtMs === null && isFrom(address, pull));
    const pulling = open.map(({ from }) => processOfPull(server.capturePids, from));
    const look = () => {
      const living = server.capturePids;
      if (pulling.some((pid) => pid !== undefined && living.includes(pid))) setTimeout(look, LOOK_EVERY_MS).unref();
      else this.#unseen.push({ address, endedAtMs: this.#nowMs() });
    };
    look();
  }

  async pulls(): Promise<readonly Pull[]> {
    return (await this.#cameras.pulls()).map((pull) => this.#corrected(pull));
  }

  #corrected(pull: Pull): Pull {
    const { openedAtMs, closedAtMs } = pull;
    const unseen = this.#unseen.find(
      ({ address, endedAtMs }) =>
        isFrom(address, pull) && openedAtMs < endedAtMs && (closedAtMs === null || closedAtMs > endedAtMs),
    );
    return unseen === undefined ? pull : { ...pull, closedAtMs: unseen.endedAtMs };
  }

  #nowMs(): number {
    return Number(process.hrtime.bigint()) / 1e6 - this.#cameras.started.clockOriginMs;
  }
}

function isFrom(address: string, { from }: Pull): boolean {
  return from.startsWith(`${address}:`);
}
