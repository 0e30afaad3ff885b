import type { Context } from 'hono';
import { z } from 'zod';
import { isLogLevel, isSubsystem, LOG_LEVELS, SUBSYSTEMS } from '../../../domain/log.ts';
import { type ApiEnv, type ApiParts, type App, acted, answerRefusal, badRequest, jsonObject } from '../app.ts';
import { answer, describedChange } from '../openapi.ts';

const logOrderSchema = z
  .object({ level: z.enum(LOG_LEVELS), subsystem: z.enum(SUBSYSTEMS).optional() })
  .meta({ id: 'LogOrder' });
const logSchema = z.object({ why: z.string() }).meta({ id: 'LogLevels' });
const tailSchema = z.object({ lines: z.array(z.string()) }).meta({ id: 'LogTail' });

/** The log of this one server. */
export function addLog(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/log',
    describedChange({
      summary: 'How much this server logs, until its next start or SIGHUP',
      description: 'Without a subsystem the level is that of all subsystems.',
      body: logOrderSchema,
      responses: { 200: answer('The levels from now on.', logSchema) },
    }),
    door.editors,
    async (context) => {
      const { level, subsystem } = jsonObject(await context.req.text()) ?? {};
      if (!isLogLevel(level) || (subsystem !== undefined && !isSubsystem(subsystem))) {
        const expected = `level: ${LOG_LEVELS.join(', ')}; subsystem, or none: ${SUBSYSTEMS.join(', ')}`;
        return badRequest(context, `expected a body like {"level": "debug", "subsystem": "nats"} (${expected})`);
      }
      const change = await herd.setLog(level, subsystem);
      if (!change.ok) return answerRefusal(context, change);
      acted(context, herd, { why: `this server logs at these levels: ${change.why}` });
      return context.json({ why: change.why });
    },
  );
  app.get(
    '/api/v1/log',
    describedChange({
      summary: 'The newest lines of the log of this server',
      responses: { 200: answer('The lines, the oldest first.', tailSchema) },
    }),
    // A log tells more than the API: it is for users who may change things.
    door.editors,
    (context) => answerTail(context, herd),
  );
}

async function answerTail(context: Context<ApiEnv>, herd: ApiParts['herd']): Promise<Response> {
  const tail = await herd.logTail();
  return tail.ok ? context.json({ lines: tail.lines }) : answerRefusal(context, tail);
}
