import { fileURLToPath } from 'node:url';
import { StaticFiles } from '../static-files.ts';
import type { App } from './app.ts';

const WEB_FOLDER = fileURLToPath(new URL('../../../web', import.meta.url));

/** The page, where only users may see it: otherwise the media worker hands it out, and asks nobody. */
export function addDashboard(app: App): void {
  const files = new StaticFiles(WEB_FOLDER);
  app.get('/', async (context) => {
    const file = await files.get('index.html');
    if (file === undefined) return context.json({ error: 'index.html is not installed' }, 404);
    context.header('Content-Type', file.type);
    return context.body(file.body.toString());
  });
}
