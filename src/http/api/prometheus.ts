import type { ApiParts, App } from './app.ts';

export function addMetrics(app: App, { herd }: ApiParts): void {
  app.get('/metrics', async (context) => {
    context.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    return context.body(await herd.metrics());
  });
}
