import { staticFile } from '../public/static-files.ts';
import type { App } from './app.ts';

/** The page, where only users may see it: otherwise the media worker hands it out, and asks nobody. */
export function addDashboard(app: App): void {
  app.get('/', (context) => {
    const file = staticFile('index.html');
    if (file === undefined) return context.json({ error: 'index.html is not installed' }, 404);
    context.header('Content-Type', file.type);
    return context.body(file.body.toString());
  });
}
