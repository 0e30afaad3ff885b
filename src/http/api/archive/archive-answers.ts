import { z } from 'zod';

/*
 * The archives of servers as the API shows them: what one server answers another, which is read by these schemas, and what clients get. Times
 * are ISO 8601.
 */

const text = z.string();
const count = z.int().min(0);
const said = (description: string) => text.meta({ description });
const time = text.meta({ format: 'date-time' });
const why = said('One sentence.');
const interval = { from: time, until: time };

const rootSchema = z
  .object({
    root: said('The folder.'),
    problem: said('Why it cannot be written. Absent: it can.').optional(),
    packs: count,
    bytes: count,
    freeBytes: count.optional(),
    totalBytes: count.optional(),
    daysUntilFull: z
      .number()
      .meta({ description: 'Until its reserve decides how long recordings are kept. Absent: not within a year.' })
      .optional(),
  })
  .meta({ id: 'ArchiveRoot' });

const recordedStreamSchema = z
  .object({
    stream: text,
    ...interval,
    packs: count,
    bytes: count,
    recorded: z.boolean().meta({ description: 'It is recorded there now.' }),
  })
  .meta({ id: 'RecordedStream' });

const orderSchema = z
  .object({
    stream: said('Absent: all of them.').optional(),
    startedAt: time,
    endedAt: time.optional(),
    cancelled: z.boolean(),
    packs: count,
    bytes: count,
    checkedPacks: count,
    checkedBytes: count,
    rottenPacks: count,
    passedOver: count.meta({ description: 'Packs that could not be read, or were removed before their turn.' }),
  })
  .meta({ id: 'VerificationOrder' });

const scrubSchema = z.object({
  root: text,
  startedAt: time.meta({ description: 'When the round began. Absent: none has.' }).optional(),
  endedAt: time.meta({ description: 'Absent: it is under way.' }).optional(),
  packs: count.meta({ description: 'That were read in this round.' }),
  bytes: count,
  leftPacks: count,
  leftBytes: count,
  rottenPacks: count.meta({ description: 'That are known to have rotten parts, from any round.' }),
});

export const serverArchiveSchema = z
  .object({
    server: text,
    roots: z.array(rootSchema),
    streams: z.array(recordedStreamSchema),
    delayMs: z
      .number()
      .meta({ description: 'From the end of a segment to its being recorded: the longest of a minute.' }),
    waitingSegments: count,
    clockDoubt: said('Why nothing is removed because of its age. Absent: the clock is trusted.').optional(),
    verification: z.object({ roots: z.array(scrubSchema), order: orderSchema.optional() }),
  })
  .meta({ id: 'ServerArchive' });

const keptSchema = z.object({ id: text, ...interval, note: text }).meta({ id: 'KeptTime' });
const packSchema = z
  .object({
    ...interval,
    root: said('The folder of the archive that it is in.'),
    file: said('Its media; its index lies beside it, with the ending .m3u8.'),
    epoch: count,
    firstNumber: count,
    lastNumber: count,
    bytes: count,
    home: said('The server where it belongs.'),
    state: z.enum(['own', 'owed', 'resting']).meta({
      description: 'Of this copy. `owed`: it returns to another server. `resting`: that server has it too.',
    }),
    why: said('Why it ended. Absent: it has not.').optional(),
    away: z.boolean().meta({ description: 'Its root is offline.' }),
    kept: z.boolean(),
    rotten: z.array(z.object({ ...interval, segments: count })),
  })
  .meta({ id: 'Pack' });

export const streamArchiveSchema = z
  .object({
    server: text,
    ranges: z.array(z.object(interval)),
    unavailable: z.array(z.object(interval)).meta({ description: 'On roots that are offline.' }),
    gaps: z.array(z.object({ ...interval, why })),
    kept: z.array(keptSchema),
    keptProblems: z.array(text).meta({ description: 'Words of operators that are damaged: all of it is kept.' }),
    packs: z.array(packSchema),
    next: said('What `after` is for the next page. Absent: this is the last.').optional(),
  })
  .meta({ id: 'StreamArchive' });

/** Of a change that one server made, or not. */
export const changedArchiveSchema = z
  .object({ server: text, is: z.enum(['done', 'missing', 'refused']), why })
  .meta({ id: 'ChangedArchive' });

export type ServerArchive = z.infer<typeof serverArchiveSchema>;
export type StreamArchive = z.infer<typeof streamArchiveSchema>;
export type ChangedArchive = z.infer<typeof changedArchiveSchema>;

const silent = z.array(z.object({ server: text, why })).meta({ description: 'Servers that have not answered.' });

export const archivesSchema = z.object({ servers: z.array(serverArchiveSchema), silent }).meta({ id: 'Archives' });
export const streamArchivesSchema = z
  .object({ stream: text, servers: z.array(streamArchiveSchema), silent })
  .meta({ id: 'StreamArchives' });
export const archiveChangeSchema = z
  .object({
    id: said('Of the time that is kept.').optional(),
    why,
    servers: z.array(changedArchiveSchema),
    silent,
  })
  .meta({ id: 'ArchiveChange' });
