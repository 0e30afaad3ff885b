import type { ReturnScene } from './return-scene.ts';

/** What happens while recordings of one stream return to its home. */
export interface ReturnFault {
  readonly name: string;
  /** It needs hosts and disks of its own. Where there are none, it is skipped, and the result says so. */
  readonly inNamespaces?: true;
  /** It sets the wall clock of a server. */
  readonly setsClocks?: true;
  /** While the home is still down, and the holder records. */
  readonly before?: (scene: ReturnScene) => Promise<void>;
  /** From the start of the home on. When it resolves, all that can be mended is mended. */
  strike(scene: ReturnScene): Promise<void>;
  /** After the judgement: everything as it was before. */
  readonly heal?: (scene: ReturnScene) => Promise<void>;
}
