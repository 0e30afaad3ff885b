import { z } from 'zod';
import type { ReturnsTold } from '../../../archive/operating/returns-told.ts';
import { isoTime } from '../../../domain/text/iso-time.ts';
import { shownInstant } from './shown-time.ts';

/* How recordings return to their homes, as the API shows it. Read by these schemas when another server answers. Times are ISO 8601. */

const text = z.string();
const count = z.int().min(0);
const said = (description: string) => text.meta({ description });
const time = text.meta({ format: 'date-time' });
const start = time.meta({ description: 'When the pack begins.' });
const sum = z.object({ packs: count, bytes: count });
const oldest = time.meta({ description: 'The beginning of the oldest of them.' }).optional();
const problem = said('Why nothing is done now. Absent: nothing is wrong.').optional();

export const serverReturnsSchema = z
  .object({
    server: text,
    state: z.enum(['waiting', 'running', 'paused', 'outside hours']).meta({ description: 'Of what returns to it.' }),
    pausedSince: time.meta({ description: 'By an operator. Absent: it is not paused.' }).optional(),
    rateBytes: count.meta({ description: 'A second, at most. Absent: unlimited.' }).optional(),
    inWork: z.array(
      z.object({
        ...{ stream: text, start, holder: text, bytes: count, doneBytes: count },
        step: said('What is done to it, in a few words.'),
      }),
    ),
    holders: z
      .array(
        z.object({
          ...{ holder: text, packs: count, bytes: count, oldest },
          bytesPerSecond: z.number().meta({ description: 'Of the last minute.' }),
          doneInMs: z.number().meta({ description: 'Absent: not known.' }).optional(),
          returned: sum.meta({ description: 'Since the archive of this server began.' }),
          problem,
        }),
      )
      .meta({ description: 'What others still have for it.' }),
    stuck: z.array(z.object({ stream: text, start, holder: text, why: said('One sentence.'), since: time })),
    owing: z
      .array(
        z.object({
          ...{ home: text, packs: count, bytes: count, oldest },
          resting: sum.meta({ description: 'Its home has it. It is erased here after a grace.' }),
          released: sum.meta({ description: 'Erased after it had returned, since the archive of this server began.' }),
          adopted: sum.meta({ description: 'It belongs to this server now: the home was removed, or away.' }),
          problem,
        }),
      )
      .meta({ description: 'What it has for others.' }),
  })
  .meta({ id: 'ServerReturns' });

export type ServerReturns = z.infer<typeof serverReturnsSchema>;

export const herdReturnsSchema = z
  .object({
    servers: z.array(serverReturnsSchema),
    silent: z.array(z.object({ server: text, why: text })).meta({ description: 'Servers that have not answered.' }),
  })
  .meta({ id: 'Returns' });

export function shownReturns(server: string, { pulling, owing }: ReturnsTold): ServerReturns {
  const { state, pausedSinceMs, rateBytes, inWork, from, stuck } = pulling;
  return {
    ...{ server, state, pausedSince: shownInstant(pausedSinceMs), rateBytes },
    inWork: inWork.map(({ from: holder, pack, ...work }) => ({ ...work, holder, start: isoTime(pack.startMs) })),
    holders: from.map(({ server: holder, oldestMs, bytesASecond, ...told }) => {
      return { ...told, holder, oldest: shownInstant(oldestMs), bytesPerSecond: bytesASecond };
    }),
    stuck: stuck.map(({ from: holder, pack, sinceMs, ...told }) => {
      return { ...told, holder, start: isoTime(pack.startMs), since: isoTime(sinceMs) };
    }),
    owing: owing.map(({ oldestMs, ...told }) => ({ ...told, oldest: shownInstant(oldestMs) })),
  };
}
