import { Kvm } from '@nats-io/kv';
import { connect } from 'nats';
import { formsOf, type StreamName } from '../domain/definition/stream-name.ts';

/** What the KV bucket `streams` holds for a stream, in the words of its JSON. */
export type PublishedDefinition = Readonly<Record<string, unknown>>;

/**
 * Publishes stream definitions as any program can: with a plain NATS client, and nothing of streamherd but the bucket's name.
 *
 * @throws Error when NATS or the bucket is not there.
 */
export async function publishDefinitions(
  natsUrl: string,
  token: string,
  definitions: ReadonlyMap<StreamName, PublishedDefinition>,
): Promise<void> {
  const connection = await connect({ servers: natsUrl, token, name: 'streamherd demo' });
  try {
    const bucket = await new Kvm(connection).open('streams');
    for (const [name, definition] of definitions) await bucket.put(formsOf(name).key, JSON.stringify(definition));
  } finally {
    await connection.close();
  }
}
