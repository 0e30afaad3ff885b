import type { ApiParts, App } from './app.ts';

export function addHealth(app: App, { herd }: ApiParts): void {
  // That the main thread answers at all is what is asked for: the worker gives it two seconds.
  app.get('/livez', (context) => context.json({ live: true }));

  app.get('/readyz', (context) => {
    const readiness = herd.ready();
    return context.json(readiness, readiness.ready ? 200 : 503);
  });

  app.get('/metrics', async (context) => {
    context.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    return context.body(await herd.metrics());
  });
}
