import { randomUUID } from 'node:crypto';
import { type HerdView, membershipActor } from '../../actors/membership.ts';
import type { Config } from '../../config/config.ts';
import type { Log } from '../../domain/log.ts';
import type { ServerFault } from '../../domain/records/server-record.ts';
import type { Tally } from '../../domain/tally.ts';
import type { DirectBeats } from '../../http/beats/direct-beats.ts';
import type { Store } from '../../nats/buckets/store.ts';
import type { Bus } from '../../nats/connection/bus.ts';
import { openBeats } from '../../nats/services/beats.ts';
import type { Herd } from '../herd.ts';
import { MembershipLink } from './membership-link.ts';
import { ownBoot, ownSite } from './server-site.ts';

interface Joining {
  readonly config: Config;
  readonly dataDir: string;
  readonly bus: Bus;
  readonly servers: Store;
  readonly direct: DirectBeats | undefined;
  readonly herd: Herd;
  readonly log: Log;
  /** See `DiskWatch` and `ToolWatch`. */
  fault(): ServerFault;
  readonly tally: Tally;
  /** See `MembershipLink`. */
  readonly draining: boolean;
  /** A session has begun to join. */
  onSession(view: HerdView): void;
  /** See `MembershipLink`. */
  onChange(): void;
  onStuck(why: string): void;
}

/** Gives the sessions of this server their ways to the others: the bucket, the bus, and the way around the bus. */
export function joinHerd(joining: Joining): MembershipLink {
  const { config, dataDir, bus, servers, direct, herd, log, fault, tally, draining } = joining;
  const { onSession, onChange, onStuck } = joining;
  const listeners = new Set<(text: string) => void>();
  const beats = openBeats(bus, {
    server: config.serverName,
    onBeat: (text) => {
      for (const listener of listeners) listener(text);
    },
  });
  let view: HerdView | undefined;
  const boot = ownBoot();
  const session = membershipActor(
    {
      server: config.serverName,
      publicUrl: config.publicUrl,
      peerUrl: config.peerUrl,
      ...(direct !== undefined && { beatUrl: direct.beatUrl }),
      capacity: config.capacity,
      ...ownSite(dataDir),
      ...(boot !== undefined && { boot }),
    },
    config.times,
    {
      servers,
      beats: {
        send: (text) => void beats.send(text),
        get connected() {
          return bus.connected;
        },
        listen: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      ...(direct !== undefined && { direct }),
      fault,
      tally,
      now: () => ({ monoMs: performance.now(), wallMs: Date.now() }),
      every: (everyMs, turn) => {
        const timer = setInterval(turn, everyMs);
        return () => clearInterval(timer);
      },
      newSession: randomUUID,
      date: () => new Date().toISOString(),
      revisions: () => herd.revisions(),
      lagging: () => herd.reconcile(),
      beatNotUnderstood: (from, why) => herd.notUnderstood.note({ what: 'a beat', from, why }),
    },
    (opened) => {
      view = opened;
      herd.recovery.session = opened;
      onSession(opened);
    },
  );
  return new MembershipLink({ herd, session, view: () => view, times: config.times, log, draining, onChange, onStuck });
}
