import type { Msg } from 'nats';
import { bucketStream, changePrefix, isRemoval } from '../connection/subjects.ts';
import type { Entry } from './store.ts';

export interface BucketChange {
  readonly entry: Entry;
  /** The revision of the key before; 0: it was never written, or its marker is gone. `undefined`: the message does not say it. */
  readonly previous: number | undefined;
  /** When it was stored, as the state of the bucket says it too. Not every version of nats-server tells it. */
  readonly storedAt: string | undefined;
}

/** The change of a bucket that JetStream has republished; `undefined`: something else was sent to that subject. */
export function changeOf(bucket: string, message: Msg): BucketChange | undefined {
  const { headers } = message;
  const revision = Number(headers?.get('Nats-Sequence'));
  const isChange =
    headers?.get('Nats-Stream') === bucketStream(bucket) && Number.isSafeInteger(revision) && revision > 0;
  if (!isChange) return undefined;
  const entry = {
    key: message.subject.slice(changePrefix(bucket).length),
    revision,
    text: isRemoval((name) => headers.get(name)) ? null : message.string(),
  };
  const previous = headers.get('Nats-Last-Sequence');
  const storedAt = headers.get('Nats-Time-Stamp');
  return { entry, previous: previous === '' ? undefined : Number(previous), storedAt: storedAt || undefined };
}
