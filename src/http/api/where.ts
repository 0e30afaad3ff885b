import { match } from 'ts-pattern';
import { type ApiParts, type App, answerRefusal, staleness, streamOf } from './app.ts';

/** The answer of the NATS service `where.<stream>`, over HTTP. */
export function addWhere(app: App, { herd }: ApiParts): void {
  app.get('/api/v1/where/:name{.+}', (context) => {
    const name = streamOf(context);
    if (name instanceof Response) return name;
    return match(herd.where(name))
      .with({ found: 'live' }, ({ found: _, ...answer }) => context.json({ ...answer, ...staleness(herd) }))
      .with({ found: 'nowhere' }, ({ why }) => answerRefusal(context, { ok: false, status: 503, error: why }))
      .with({ found: 'unknown' }, () =>
        answerRefusal(context, { ok: false, status: 404, error: `there is no stream ${name}` }),
      )
      .exhaustive();
  });
}
