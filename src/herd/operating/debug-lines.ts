import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Logs } from '../../domain/log.ts';
import type { HerdFollower } from '../followers.ts';
import type { Herd } from '../herd.ts';

/** What the herd hears, for a log at the level `debug`: what changed in its view, and each change of its captures. */
export function debugLines({ views, captures }: Pick<Herd, 'views' | 'captures'>, logs: Logs): HerdFollower {
  const [herd, capture] = [logs.of('herd'), logs.of('capture')];
  return {
    // Names are those of streams that are defined.
    streamChanged: (name) =>
      capture.debug(() => {
        const { state, server, why } = views.status(name as StreamName) ?? {};
        return `${name}: ${state ?? 'not defined'}${server === undefined ? '' : ` on ${server}`}: ${why ?? 'removed'}`;
      }),
    captureChanged: (name) =>
      capture.debug(() => `${name}: ${JSON.stringify(captures.figures(name as StreamName) ?? 'not captured here')}`),
    rosterChanged: (live) =>
      herd.debug(() => `the roster: ${live.map(({ server, state }) => `${server} ${state}`).join(', ')}`),
    sessionOpened: () => herd.debug(() => 'a session has begun to join'),
    standingChanged: () => herd.debug(() => 'the standing of this server has changed, or its captures have'),
  };
}
