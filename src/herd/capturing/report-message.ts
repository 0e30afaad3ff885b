import { z } from 'zod';
import { MAX_PUSHES } from '../../domain/definition/stream-definition-schema.ts';
import { PUSH_STATES } from '../../domain/push/push-status.ts';
import { fieldOf, sentence } from '../../domain/records/record-reading.ts';
import { MAX_DISCONTINUITIES } from '../../domain/segments/discontinuity-count.ts';
import { OWNER_STATES } from '../../domain/status.ts';
import { problemsSchema } from '../joining/peer-problems.ts';

// A report that is not understood does not spoil other reports, and an unknown word does not spoil the rest of its report: the numbers of a
// stream are kept whatever a newer version calls its state.

const pushSchema = z.object({
  to: z.string().max(300),
  state: z.enum(PUSH_STATES),
  why: sentence.exactOptional(),
});

const reportSchema = z.object({
  /** A stream in a state that is not known here is shown as if it had no report yet. */
  state: z.enum(OWNER_STATES).catch('claiming'),
  epoch: z.number().int().nonnegative(),
  /** Seconds since the state began are not sent: clocks are not compared. ISO 8601, for people. */
  since: z.string().max(40).catch(''),
  bitrateKbps: z.number().optional().catch(undefined),
  input: z.number().int().optional().catch(undefined),
  /** Codec of the sound of that input; the next owner need not find it out. */
  sound: z.string().max(40).optional().catch(undefined),
  error: sentence.optional().catch(undefined),
  remark: sentence.optional().catch(undefined),
  pushes: z.array(pushSchema).max(MAX_PUSHES).optional().catch(undefined),
  /** How far its media sequence numbers run ahead of `unix time ÷ segment duration`; the next owner begins above them. */
  ahead: z.number().int().optional().catch(undefined),
  /** How many discontinuities the stream has had; the next owner goes on from there. */
  discontinuities: z.number().int().nonnegative().max(MAX_DISCONTINUITIES).optional().catch(undefined),
});

const messageSchema = z.object({
  session: z.string().min(1).max(64),
  /** The number of this part of a full report: streams that are in no part are over. Absent: changes only. */
  full: z.object({ part: z.number().int(), parts: z.number().int() }).optional(),
  reports: z.array(z.tuple([z.string().max(128), z.unknown()])),
  /** All that the server finds wrong in the herd now. */
  problems: problemsSchema.optional().catch(undefined),
});

/** What an owner says of one stream. */
export type OwnerReport = z.infer<typeof reportSchema>;

interface ReportMessage extends Omit<z.infer<typeof messageSchema>, 'reports'> {
  /** By stream; `null`: nothing is captured of it any more, or what is said of it is not understood. */
  readonly reports: readonly (readonly [string, OwnerReport | null])[];
}

/** The message, and what is not understood of it. Never throws. */
export function readReports(text: string): { readonly message?: ReportMessage; readonly problem?: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'expected JSON' };
  }
  const { data: message } = messageSchema.safeParse(value);
  if (message === undefined) return { problem: 'expected a session and its reports by stream' };
  let problem: string | undefined;
  const reports = message.reports.map(([stream, said]): readonly [string, OwnerReport | null] => {
    const report = said === null ? null : reportSchema.safeParse(said).data;
    if (report === undefined) problem ??= 'expected a state and an epoch';
    else if (report?.state === 'claiming' && fieldOf(said, 'state') !== 'claiming') {
      problem ??= `state: expected one of ${OWNER_STATES.join(', ')}`;
    }
    return [stream, report ?? null];
  });
  return { message: { ...message, reports }, ...(problem !== undefined && { problem }) };
}
