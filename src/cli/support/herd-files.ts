import type { HerdEvent } from '../../domain/herd-event.ts';
import type { ApiClient } from '../api-client.ts';
import { CommandFailure } from '../command.ts';
import { serverSentEvents } from '../server-sent-events.ts';
import type { BundleFile } from './bundle.ts';

/** What a running server says of itself and of the herd. What it does not answer is a file that says why. */
export async function herdFiles(api: ApiClient, since: string): Promise<readonly BundleFile[]> {
  const asked: readonly (readonly [name: string, about: string, ask: () => Promise<string | object>])[] = [
    ['servers.json', 'the servers of the herd', () => valueAt(api, 'servers')],
    ['streams.json', 'the streams: where each is, since when and why, its last error', () => valueAt(api, 'streams')],
    ['archive.json', 'what each server has recorded, its folders and their room', () => valueAt(api, 'archive')],
    ['archive-returns.json', 'recordings that return to their homes', () => valueAt(api, 'archive-returns')],
    ['events.txt', `what happened since ${since}`, () => eventsSince(api, since)],
    ['metrics.txt', 'the metrics of the server that was asked', () => api.text('/metrics')],
    ['log.txt', 'the newest lines of the log of the server that was asked', () => logOf(api)],
  ];
  const files: BundleFile[] = [];
  for (const [name, about, ask] of asked) files.push(await fileOf(name, about, ask));
  return files;
}

/** `ask` may fail: the rest of the bundle matters all the more then. */
export async function fileOf(name: string, about: string, ask: () => Promise<string | object>): Promise<BundleFile> {
  try {
    return { name, about, content: await ask() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { name: `${name}.missing`, about: `${about}: missing`, content: `${why}\n` };
  }
}

async function valueAt(api: ApiClient, path: string): Promise<object> {
  const value = await api.get(path);
  if (typeof value !== 'object' || value === null)
    throw new CommandFailure(`the server's answer to ${path} is no object`);
  return value;
}

async function eventsSince(api: ApiClient, since: string): Promise<string> {
  const lines: string[] = [];
  const pieces = api.stream(
    `events?since=${encodeURIComponent(since)}&follow=0`,
    AbortSignal.timeout(EVENTS_WITHIN_MS),
  );
  for await (const { at, kind, server, stream, subject, why, by } of serverSentEvents<HerdEvent>(pieces)) {
    lines.push([at, server, kind, stream ?? subject ?? '-', why, by ?? ''].join('  ').trimEnd());
  }
  return `${lines.join('\n')}\n`;
}

const EVENTS_WITHIN_MS = 30_000;

async function logOf(api: ApiClient): Promise<string> {
  const { lines } = (await valueAt(api, 'log')) as { readonly lines?: unknown };
  if (!Array.isArray(lines)) throw new CommandFailure('the server\'s answer has no "lines": is it another version?');
  return `${lines.join('\n')}\n`;
}
