import { z } from 'zod';
import { serverNameProblem } from '../../domain/records/server-name.ts';
import { appliedSchema, applySchema } from './answers.ts';
import { type ApiParts, type App, acted, answerRefusal, badRequest, isObject, jsonObject } from './app.ts';
import { answer, checked, describedChange } from './openapi.ts';

const applyQuery = z.object({
  dry_run: z
    .enum(['0', '1'], 'expected dry_run=0 or dry_run=1')
    .meta({ description: '1: only say what would be done.' })
    .optional(),
});

/** The stream blocks of a configuration file, published in the name of that file. */
export function addApply(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/apply',
    describedChange({
      summary: 'Apply the stream blocks of a configuration file',
      description:
        'What an earlier version of the file applied and this one no longer holds is removed; what others published stays.',
      body: applySchema,
      responses: { 200: answer('What was done.', appliedSchema) },
    }),
    door.editors,
    checked('query', applyQuery),
    async (context) => {
      const isDryRun = context.req.valid('query').dry_run === '1';
      const { file, streams } = jsonObject(await context.req.text()) ?? {};
      // The definitions are read where they are applied, so that each problem is said with the stream that has it.
      if (typeof file !== 'string' || serverNameProblem(file) !== undefined || !isObject(streams)) {
        return badRequest(context, 'expected a body like {"file": "s01", "streams": {"cam01": {"url": "rtsp://…"}}}');
      }
      const change = await herd.apply(file, streams, isDryRun);
      if (!change.ok) return answerRefusal(context, change);
      const written = change.steps.filter(({ action }) => action !== 'leave' && action !== 'conflict').length;
      if (!isDryRun) acted(context, herd, { why: `the file of ${file} is applied; definitions written: ${written}` });
      return context.json({ dry_run: isDryRun, steps: change.steps, why: change.why });
    },
  );
}
