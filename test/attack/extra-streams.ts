import { eventually } from '../support/eventually.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** Runs `body` while the herd has more streams: each name with its definition. They are gone at the end, however it ends. */
export async function withStreams<T>(
  herd: TestHerd,
  streams: Readonly<Record<string, object>>,
  body: () => Promise<T>,
): Promise<T> {
  try {
    for (const [name, definition] of Object.entries(streams)) await herd.bus.put(name, definition);
    return await body();
  } finally {
    for (const name of Object.keys(streams)) await herd.bus.remove(name);
    await eventually('they are gone', async () => (await herd.streams()).every(({ name }) => !(name in streams)));
  }
}
