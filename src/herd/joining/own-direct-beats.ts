import { type Config, defaultBeats } from '../../config/config.ts';
import type { Log } from '../../domain/log.ts';
import type { PeerFacts } from '../../domain/peers/peer-facts.ts';
import { type DirectBeats, openDirectBeats } from '../../http/beats/direct-beats.ts';

/** A beat is given up after this part of the fence, so that after a beat that hangs the next ones still arrive in time. */
const BEAT_TRIES_IN_A_FENCE = 3;

/** Without a key a server could not tell which server a beat is from, so there are none. */
export async function openDirect(config: Config, facts: PeerFacts, log: Log): Promise<DirectBeats | undefined> {
  const { serverName, clusterKey, beats, http, peerUrl, times } = config;
  if (clusterKey === undefined) {
    if (config.peers.length > 1) log.warn('no cluster_key: an outage of NATS will end the captures of this server');
    return undefined;
  }
  const direct = await openDirectBeats({
    clusterKey,
    server: serverName,
    facts,
    listen: beats ?? defaultBeats(http),
    orAnyPort: beats === undefined,
    peerUrl,
    timeoutMs: times.fenceMs / BEAT_TRIES_IN_A_FENCE,
    onRemark: (why) => log.warn(why),
  });
  log.info(`direct beats are heard at ${direct.beatUrl}`);
  return direct;
}
