import { z } from 'zod';
import type { Times } from '../times.ts';

/** What a server says of itself to the others, so that they find settings that do not fit together. */
export interface PeerFacts {
  /** Of streamherd. */
  readonly version: string;
  readonly segmentMs: number;
  /** Segments that a playlist lists. */
  readonly window: number;
  /** Absent: of a version that does not say it. */
  readonly lowLatency?: boolean;
  /** Other versions may know further times. */
  readonly times: Partial<Times>;
  /** See `folderId`. Absent: it could not be read. */
  readonly folder?: string;
}

/** What `POST /herd/check` is answered with: the facts, the moment, and the nonce of the question. */
export const checkAnswerSchema = z.object({
  nonce: z.string(),
  server: z.string(),
  session: z.string(),
  /** Unix milliseconds, by the clock of the server that answers. */
  atMs: z.number(),
  version: z.string().max(64),
  segmentMs: z.number(),
  window: z.number(),
  lowLatency: z.boolean().optional(),
  times: z.record(z.string(), z.number()),
  folder: z.string().max(64).optional(),
});

export type CheckAnswer = z.infer<typeof checkAnswerSchema>;
