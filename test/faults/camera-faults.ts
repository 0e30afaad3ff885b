import type { FaultKind } from './fault-kind.ts';

const REFUSED_MS = 4000;

/** Of one camera. */
export const CAMERA_FAULTS: readonly FaultKind[] = [
  {
    name: 'camera: resets its connection',
    maxGapMs: 8000,
    inject: async (herd, random) => {
      const camera = random.pick(herd.names);
      await herd.cameras.tell(camera, 'reset');
      return { whom: camera, ends: [camera] };
    },
  },
  {
    name: `camera: refuses for ${REFUSED_MS / 1000} s`,
    maxGapMs: 20_000,
    inject: async (herd, random) => {
      const camera = random.pick(herd.names);
      await herd.cameras.tell(camera, 'refuse');
      await herd.cameras.tell(camera, 'reset');
      return {
        whom: camera,
        ends: [camera],
        lastsMs: REFUSED_MS,
        relent: () => herd.cameras.tell(camera, 'resume'),
      };
    },
  },
  {
    name: 'camera: stalls',
    maxGapMs: 8000,
    inject: async (herd, random) => {
      const camera = random.pick(herd.names);
      await herd.cameras.tell(camera, 'stall');
      return { whom: camera, ends: [camera], relent: () => herd.cameras.tell(camera, 'resume') };
    },
  },
];
