import { eventLine, subsystemOf, type Told, WARNINGS } from '../../domain/herd-event.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import type { CertificateState } from '../../http/public/certificate-watch.ts';
import type { HerdParts } from '../herd-parts.ts';

/** Tells an event of this server in the event log, in its own log, and in its counters. */
export function eventTeller(
  {
    server,
    log,
    tally,
    publish,
    clock = PROCESS_CLOCK,
  }: Pick<HerdParts, 'server' | 'log' | 'tally' | 'publish' | 'clock'>,
  session: () => string,
): (told: Told) => void {
  return (told) => {
    publish({ at: new Date(clock.unixMs()).toISOString(), server, session: session(), ...told });
    tally.told(told);
    const more = { subsystem: subsystemOf(told.kind), event: told };
    log[WARNINGS.has(told.kind) ? 'warn' : 'info'](eventLine({ server, ...told }), more);
  };
}

/** What the herd is told when `DiskWatch` has found a change. */
export function storageEvent(problem: string | undefined): Told {
  return problem === undefined
    ? { kind: 'server-stores-again', why: 'its disk takes segments again, and it takes streams' }
    : { kind: 'server-cannot-store', why: `${problem}: its streams go to servers that can store them` };
}

/** What the herd is told when `CertificateWatch` has found a change. */
export function certificateEvent({ problem, expiresMs }: CertificateState): Told {
  if (problem !== '') return { kind: 'certificate-problem', why: problem };
  const end = expiresMs === undefined ? '' : `, which expires at ${new Date(expiresMs).toISOString()}`;
  return { kind: 'certificate-loaded', why: `its HTTPS port has a certificate${end}` };
}

/** What the herd is told when `ToolWatch` has found a change. */
export function toolEvent(problem: string | undefined): Told {
  return problem === undefined
    ? { kind: 'server-captures-again', why: 'its ffmpeg works again, and it takes streams' }
    : { kind: 'server-cannot-capture', why: `${problem}: it takes no streams until that works` };
}
