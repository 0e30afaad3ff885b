import { serverNameProblem } from '../../domain/records/server-name.ts';
import { type ApiParts, type App, acted, answerRefusal, badRequest } from './app.ts';
import { isObject, jsonObject } from './json-body.ts';

/** The stream blocks of a configuration file, published in the name of that file. */
export function addApply(app: App, { herd, door }: ApiParts): void {
  app.post('/api/v1/apply', door.editors, async (context) => {
    const body = jsonObject(await context.req.text());
    const dryRun = context.req.query('dry_run') ?? '0';
    if (dryRun !== '0' && dryRun !== '1') return badRequest(context, 'expected dry_run=0 or dry_run=1');
    const { file, streams } = body ?? {};
    if (typeof file !== 'string' || serverNameProblem(file) !== undefined || !isObject(streams)) {
      return badRequest(context, 'expected a body like {"file": "s01", "streams": {"cam01": {"url": "rtsp://…"}}}');
    }
    const change = await herd.apply(file, streams, dryRun === '1');
    if (!change.ok) return answerRefusal(context, change);
    const written = change.steps.filter(({ action }) => action !== 'leave' && action !== 'conflict').length;
    if (dryRun === '0')
      acted(context, herd, { why: `the file of ${file} is applied; definitions written: ${written}` });
    return context.json({ dry_run: dryRun === '1', steps: change.steps, why: change.why });
  });
}
