import type { TestHerd } from './test-herd.ts';

/** Among the paths of a flood: the newest segment in the list of its stream. */
export const NEWEST = 'the newest segment';

export interface StrangersQuestions {
  /** A stream that the server captures: its newest segment is asked for too, as `NEWEST`. */
  readonly stream: string;
  readonly paths: readonly string[];
  /** Answers that do not end. As many connections follow each as a client may have at once; a connection that ended is opened again. */
  readonly endless: readonly string[];
}

/** What a stranger may ask of a server, also the questions whose answers cost the server much. */
export function strangersQuestions(stream: string): StrangersQuestions {
  return {
    stream,
    paths: [
      '/api/v1/streams',
      '/metrics',
      '/api/v1/what-if?without=s1',
      '/api/v1/servers',
      '/api/v1/streams?limit=100&after=m',
      `/api/v1/streams/${stream}`,
      `/api/v1/where/${stream}`,
      '/api/v1/events?limit=100&follow=0',
      '/api/v1/openapi.json',
      '/livez',
      '/readyz',
      `/${stream}/index.m3u8`,
      `/${stream}/embed.html`,
      `/${stream}/preview.jpg`,
      '/',
    ],
    endless: ['/api/v1/changes', '/api/v1/events?limit=1000', `/${stream}/mpegts`],
  };
}

/** `count` streams that are defined and captured nowhere: a herd knows them, lists them and plans with none of them. */
export async function defineMany(herd: TestHerd, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `many/m${String(index).padStart(5, '0')}`);
  const definition = { inputs: ['rtsp://10.0.0.1/x'], disabled: true, title: 'one of many streams of a large herd' };
  for (let from = 0; from < count; from += 500) {
    await Promise.all(names.slice(from, from + 500).map((name) => herd.bus.put(name, definition)));
  }
}
