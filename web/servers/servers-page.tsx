import { useComputed, useSignal } from '@preact/signals';
import type { ServerStatus } from '../../src/domain/status.ts';
import { addressOf } from '../address.ts';
import { herd } from '../herd/herd-feed.ts';
import { archives } from '../herd/slow-facts.ts';
import { Age } from '../parts/age.tsx';
import { OutsideLink } from '../parts/outside-link.tsx';
import { Note, State } from '../parts/state.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { rateText } from '../words/amount.ts';
import { ReturnsTable } from './returns-table.tsx';
import { Room } from './room.tsx';
import { ServerOrders } from './server-orders.tsx';
import { type Asked, WhatIf } from './what-if.tsx';

/** Enough to compare with the log. */
const SHOWN_OF_SESSION = 8;

export function ServersPage() {
  const asked = useSignal<Asked | undefined>(undefined);
  const { servers } = herd.value;
  const rates = useComputed(() => ratesOf());
  return (
    <>
      <h1 tabIndex={-1}>Servers</h1>
      <table aria-label="Servers">
        <TableHead titles={['Server', 'State', 'Streams', 'Recordings', 'Since', 'Why', 'Session', 'Orders']} />
        <tbody>
          {servers.map((server) => (
            <ServerRow
              key={server.name}
              server={server}
              kbps={rates.value.get(server.name) ?? 0}
              onWhatIf={() => {
                asked.value = { server };
              }}
            />
          ))}
        </tbody>
      </table>
      <WhatIf asked={asked} />
      <ReturnsTable />
    </>
  );
}

function ServerRow({ server, kbps, onWhatIf }: { server: ServerStatus; kbps: number; onWhatIf: () => void }) {
  const { name, url, state, streams, since, why, session, problems = [] } = server;
  return (
    <tr>
      <th scope="row">
        <OutsideLink to={url}>{name}</OutsideLink>
      </th>
      <td data-label="State">
        <State of={state} />
      </td>
      <td data-label="Streams">
        <a href={addressOf('wall', { server: name })}>{streams}</a>
        {kbps > 0 && <Note>{rateText(kbps)}</Note>}
      </td>
      <td data-label="Recordings">
        <Room roots={archives.value.roots.get(name)} silence={archives.value.silent.get(name)} />
      </td>
      <td data-label="Since">
        <Age at={since} />
      </td>
      <td data-label="Why">
        {why}
        {problems.map(({ kind, why: problem, by }) => (
          <Note key={kind} isBad>
            {kind}: {problem} (found by {by.join(', ')})
          </Note>
        ))}
      </td>
      <td data-label="Session">
        <code title={session}>{session.slice(0, SHOWN_OF_SESSION)}</code>
      </td>
      <td data-label="Orders">
        <button type="button" disabled={state === 'down'} onClick={onWhatIf}>
          What if {name} dies?
        </button>{' '}
        <ServerOrders server={server} />
      </td>
    </tr>
  );
}

/** What each server captures, together. */
function ratesOf(): ReadonlyMap<string, number> {
  const rates = new Map<string, number>();
  for (const { server, bitrateKbps = 0 } of herd.value.streams.values()) {
    if (server !== undefined) rates.set(server, (rates.get(server) ?? 0) + bitrateKbps);
  }
  return rates;
}
