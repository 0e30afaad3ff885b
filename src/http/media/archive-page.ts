import { embedPage } from './embed-page.ts';

/** Made next. */
export function archivePage(title: string): string {
  return embedPage(title);
}
