import { randomUUID } from 'node:crypto';
import type { ApiThread } from '../../api/api-thread.ts';
import type { Config } from '../../config/config.ts';
import type { PeerFacts } from '../../domain/peers/peer-facts.ts';
import type { ServerRecord } from '../../domain/records/server-record.ts';
import type { CheckTarget } from '../../http/beats/peer-check.ts';
import type { Bus } from '../../nats/connection/bus.ts';
import { askControl } from '../../nats/services/control.ts';
import type { Herd } from '../herd.ts';
import { SelfCheck } from './self-check.ts';
import type { ServerSite } from './server-site.ts';

/** What this server says of itself to those that check it. */
export function ownFacts({ live, times }: Config, version: string, folder: string | undefined): PeerFacts {
  const { segmentMs, window, lowLatency } = live;
  return { version, segmentMs, window, lowLatency, times, ...(folder !== undefined && { folder }) };
}

export interface HerdCheckParts {
  readonly config: Pick<Config, 'serverName' | 'clusterKey'>;
  readonly facts: PeerFacts;
  readonly herd: Herd;
  /** This server's own. */
  readonly site: ServerSite;
  /** Does the looks, on a thread that has time for them. */
  readonly api: Pick<ApiThread, 'look'>;
}

/** Begins to look at the others of the roster. */
export function checkHerd({ config, facts, herd, site, api }: HerdCheckParts): SelfCheck {
  const { serverName: server, clusterKey } = config;
  const check = new SelfCheck({
    server,
    facts,
    peers: () => herd.servers.live().flatMap((record) => (record.server === server ? [] : targetOf(record))),
    look: (peers) => api.look(peers, { session: randomUUID(), clusterKey }),
    tell: (told) => herd.tell(told),
    show: (findings) => {
      herd.reports.setProblems(findings);
      herd.followers.serversChanged();
    },
  });
  herd.followers.add({
    rosterChanged: () => check.rosterChanged(),
    namesakeRefused: (other) => {
      // The server that was refused hears its own words too.
      if (other.host !== site.host || other.dataDir !== site.dataDir) check.namesake(other);
    },
  });
  check.rosterChanged();
  return check;
}

function targetOf({ server, session, peerUrl, beatUrl }: ServerRecord): CheckTarget {
  return { server, session, peerUrl, ...(beatUrl !== undefined && { beatUrl }) };
}

/** The server that was refused ends then, whether the holder of the name has heard it or not. */
const NAMESAKE_WITHIN_MS = 1000;

/** Tells of a refusal: in the events, and to the server that holds the name. */
export async function tellRefused(why: string, server: string, site: ServerSite, herd: Herd, bus: Bus): Promise<void> {
  herd.tell({
    kind: 'server-refused',
    why: `a server on host ${site.host}, data folder ${site.dataDir}, may not join: ${why}`,
  });
  await askControl(bus, server, { command: 'namesake', ...site }, NAMESAKE_WITHIN_MS);
}
