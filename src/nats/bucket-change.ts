import type { Msg } from 'nats';
import type { Entry } from './store.ts';
import { bucketStream, changePrefix, isRemoval } from './subjects.ts';

/** The change of a bucket that JetStream has republished; `undefined`: something else was sent to that subject. */
export function changeOf(bucket: string, message: Msg): Entry | undefined {
  const { headers } = message;
  const revision = Number(headers?.get('Nats-Sequence'));
  const isChange =
    headers?.get('Nats-Stream') === bucketStream(bucket) && Number.isSafeInteger(revision) && revision > 0;
  if (!isChange) return undefined;
  return {
    key: message.subject.slice(changePrefix(bucket).length),
    revision,
    text: isRemoval((name) => headers.get(name)) ? null : message.string(),
  };
}
