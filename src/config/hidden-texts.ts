import { pushSecrets } from '../domain/definition/push-url.ts';
import type { Receiver } from '../domain/notify/receiver.ts';
import { secretsOfUrl } from '../domain/text/secrets.ts';
import type { Config } from './config.ts';

/** Every text of a configuration that only this server may know: the log hides each, wherever it stands. */
export function secretsOf({
  clusterKey,
  access: { users, play },
  notify,
  streams,
}: Pick<Config, 'clusterKey' | 'access' | 'notify' | 'streams'>): readonly string[] {
  const passwords = users.map(({ password }) => password);
  const ofViewers = [...play.tokenKeys, ...(play.onPlay === undefined ? [] : secretsOfUrl(play.onPlay))];
  const ofPushes = streams.flatMap(({ definition }) => (definition.push ?? []).flatMap(pushSecrets));
  return [clusterKey, ...passwords, ...ofViewers, ...notify.flatMap(ofReceiver), ...ofPushes].filter(
    (secret) => secret !== undefined,
  );
}

function ofReceiver(receiver: Receiver): readonly string[] {
  const secret = receiver.type === 'webhook' && receiver.secret !== undefined ? [receiver.secret] : [];
  return [...secret, ...secretsOfUrl(receiver.url)];
}
