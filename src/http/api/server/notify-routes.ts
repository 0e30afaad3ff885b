import { z } from 'zod';
import { type ApiParts, type App, acted, answerRefusal } from '../app.ts';
import { answer, describedChange } from '../openapi.ts';

const trialsSchema = z
  .object({ trials: z.array(z.object({ receiver: z.string(), ok: z.boolean(), why: z.string() })) })
  .meta({ id: 'NotifyTrials' });

/** What this one server tells of its events. */
export function addNotify(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/notify/test',
    describedChange({
      summary: 'Tell each receiver of this server of an event, and say how each took it',
      responses: { 200: answer('How each took it.', trialsSchema) },
    }),
    door.editors,
    async (context) => {
      const change = await herd.testNotify();
      if (!change.ok) return answerRefusal(context, change);
      acted(context, herd, { why: 'each receiver of this server was told of an event, to try it' });
      return context.json({ trials: change.trials });
    },
  );
}
