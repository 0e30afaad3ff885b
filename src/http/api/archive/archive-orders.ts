import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { z } from 'zod';
import type { Interval } from '../../../archive/catalogue/intervals.ts';
import { MAX_UNIX_MS, parseTime, TIME_EXPECTED } from '../../../archive/playback/playback-times.ts';
import type { StreamName } from '../../../domain/definition/stream-name.ts';
import { isoTime } from '../../../domain/text/iso-time.ts';
import { parseDurationMs } from '../../../domain/text/units.ts';
import { type ApiEnv, type ApiParts, type App, acted, answerRefusal, badRequest, jsonObject } from '../app.ts';
import type { HerdApi } from '../herd-api.ts';
import { answer, checked, describedChange, MISSING, streamInPath, streamName } from '../openapi.ts';
import { archiveChangeSchema, type ChangedArchive } from './archive-answers.ts';
import type { HerdAnswers } from './herd-archive.ts';

const MAX_NOTE_LENGTH = 500;
const ID_BYTES = 6;
const DURATION_EXPECTED = 'seconds, as 90, or a duration like 10m';
/** From a time on, whatever there is. */
const EVER_S = 100 * 366 * 86_400;

export const serverQuery = z.object({
  server: z.string().meta({ description: 'Only this server. Absent: all of them.' }).optional(),
});
const from = z.union([z.string(), z.number()]).meta({ description: TIME_EXPECTED });
const duration = z.union([z.string(), z.number()]).meta({ description: DURATION_EXPECTED });
const Keep = z.object({ from, duration, note: z.string().max(MAX_NOTE_LENGTH).default('') });
const Verify = z.object({ stream: z.string().optional(), from: from.optional(), duration: duration.optional() });
const Returns = z.object({ order: z.enum(['now', 'pause', 'resume']) });
const keptInPath = checked(
  'param',
  z.object({ name: streamName, id: z.string().max(64).meta({ description: 'Of the kept time.' }) }),
);

/** What operators order an archive to do. */
export function addArchiveOrders(app: App, parts: ApiParts): void {
  addKeeping(app, parts);
  addVerifying(app, parts);
  addClock(app, parts);
  addReturning(app, parts);
}

function addKeeping(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/archive/:name{.+}/keep',
    describedChange({
      summary: 'Keep the recordings of a time, whatever their age and size',
      description: 'On every server that has something of the stream. Only the reserve of a disk goes before it.',
      body: Keep,
      responses: { 200: answer('It is kept.', archiveChangeSchema), ...MISSING },
    }),
    door.editors,
    streamInPath,
    checked('query', serverQuery),
    async (context) => {
      const { name } = context.req.valid('param');
      const body = Keep.safeParse(jsonObject(await context.req.text())).data;
      const time = body && timeOf(body.from, body.duration);
      if (body === undefined || time === undefined) {
        return badRequest(
          context,
          `expected a body like {"from": "2026-11-22T06:00:00Z", "duration": "10m", "note": "…"}`,
        );
      }
      const id = randomBytes(ID_BYTES).toString('hex');
      const order = { stream: name, id, note: body.note, ...time };
      const why = `its recordings from ${isoTime(time.fromMs)} to ${isoTime(time.untilMs)} are kept (${id})`;
      const { server } = context.req.valid('query');
      return changed(context, herd, { stream: name, id, why, server }, herd.archive.ask('keep', order, server));
    },
  );
  app.delete(
    '/api/v1/archive/:name{.+}/keep/:id',
    describedChange({
      summary: 'Keep a time no longer',
      responses: { 200: answer('It goes when its age says so.', archiveChangeSchema), ...MISSING },
    }),
    door.editors,
    keptInPath,
    checked('query', serverQuery),
    async (context) => {
      const { name, id } = context.req.valid('param');
      const { server } = context.req.valid('query');
      const why = `its kept time ${id} is released`;
      return changed(
        context,
        herd,
        { stream: name, id, why, server },
        herd.archive.ask('release', { stream: name, id }, server),
      );
    },
  );
}

function addVerifying(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/archive/verify',
    describedChange({
      summary: 'Read recordings back now, and compare them with their hashes',
      description: 'How far it has come is shown by /api/v1/archive. One at a time on each server.',
      body: Verify,
      responses: { 200: answer('It has begun.', archiveChangeSchema), ...MISSING },
    }),
    door.editors,
    checked('query', serverQuery),
    async (context) => {
      const text = await context.req.text();
      const body = Verify.safeParse(text.trim() === '' ? {} : jsonObject(text)).data;
      const time = body?.from === undefined ? undefined : timeOf(body.from, body.duration ?? EVER_S);
      const isWrong = body === undefined || (body.from !== undefined && time === undefined);
      if (isWrong || (body.duration !== undefined && body.from === undefined)) {
        return badRequest(
          context,
          'expected a body like {"stream": "cam01", "from": "2026-11-22T06:00:00Z", "duration": "1h"}',
        );
      }
      const { server } = context.req.valid('query');
      const why = `the recordings of ${body.stream ?? 'all streams'} are read back`;
      return changed(context, herd, { why, server }, herd.archive.ask('verify', { stream: body.stream, time }, server));
    },
  );
  app.delete(
    '/api/v1/archive/verify',
    describedChange({
      summary: 'End what was ordered to be read back',
      responses: { 200: answer('It has ended.', archiveChangeSchema), ...MISSING },
    }),
    door.editors,
    checked('query', serverQuery),
    (context) => {
      const { server } = context.req.valid('query');
      const why = 'no more recordings are read back by an order';
      return changed(context, herd, { why, server }, herd.archive.ask('cancelVerification', {}, server));
    },
  );
}

function addClock(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/archive/clock-confirmed',
    describedChange({
      summary: 'Say that the clock of a server is right, so that old recordings are removed again',
      responses: { 200: answer('It is trusted.', archiveChangeSchema), ...MISSING },
    }),
    door.editors,
    checked('query', serverQuery),
    (context) => {
      const { server } = context.req.valid('query');
      const why = 'the clock is confirmed: recordings are removed by their age again';
      return changed(context, herd, { why, server }, herd.archive.ask('confirmClock', {}, server));
    },
  );
}

function addReturning(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/archive-returns',
    describedChange({
      summary: 'Have recordings return now, not at all, or by themselves again',
      description:
        '`now`: also outside the hours, and what was put off or is stuck. `pause` holds until `resume` or `now`, also over restarts.',
      body: Returns,
      responses: { 200: answer('It is done.', archiveChangeSchema), ...MISSING },
    }),
    door.editors,
    checked('query', serverQuery),
    async (context) => {
      const body = Returns.safeParse(jsonObject(await context.req.text())).data;
      if (body === undefined) return badRequest(context, 'expected a body like {"order": "now"}, "pause" or "resume"');
      const { server } = context.req.valid('query');
      return changed(
        context,
        herd,
        { why: DONE_BY_ORDER[body.order], server },
        herd.archive.ask('orderReturns', body, server),
      );
    },
  );
}

const DONE_BY_ORDER = {
  now: 'what other servers recorded for a server returns to it now',
  pause: 'no recording returns to its home until this is taken back',
  resume: 'recordings return to their homes again',
} as const;

interface Order {
  readonly stream?: StreamName;
  readonly id?: string;
  /** What is true if it was done. */
  readonly why: string;
  readonly server: string | undefined;
}

async function changed(
  context: Context<ApiEnv>,
  herd: HerdApi,
  { stream, id, why, server }: Order,
  asking: Promise<HerdAnswers<ChangedArchive> | undefined>,
): Promise<Response> {
  const said = await asking;
  if (said === undefined) return noServer(context, server);
  const { answers, silent } = said;
  const done = answers.filter(({ is }) => is === 'done');
  if (done.length === 0) {
    const refused = answers.find(({ is }) => is === 'refused');
    if (refused !== undefined)
      return answerRefusal(context, { ok: false, status: 409, error: `${refused.server}: ${refused.why}` });
    const [first] = silent;
    if (first !== undefined)
      return answerRefusal(context, { ok: false, status: 503, error: `${first.server}: ${first.why}` });
    return answerRefusal(context, { ok: false, status: 404, error: answers[0]?.why ?? 'there is no archive' });
  }
  acted(context, herd, { ...(stream !== undefined && { stream }), ...(server !== undefined && { server }), why });
  const sentence = done.map((one) => `${one.server}: ${one.why}`).join('; ');
  const servers = answers.filter(({ is }) => is !== 'missing');
  return context.json({ ...(id !== undefined && { id }), why: sentence, servers, silent });
}

export function noServer(context: Context<ApiEnv>, server = ''): Response {
  return answerRefusal(context, { ok: false, status: 404, error: `there is no server ${server}` });
}

function timeOf(begin: string | number, length: string | number): Interval | undefined {
  const fromMs = parseTime(String(begin));
  const text = String(length);
  const ms = /^\d{1,10}(?:\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1000) : parseDurationMs(text);
  if (fromMs === undefined || ms === undefined || ms <= 0) return undefined;
  return { fromMs, untilMs: Math.min(MAX_UNIX_MS, fromMs + ms) };
}
