import { useComputed, useSignal } from '@preact/signals';
import { adviceOf } from '../../src/domain/source-failure.ts';
import type { StreamStatus } from '../../src/domain/status.ts';
import { addressOf, inPath } from '../address.ts';
import { herd, link } from '../herd/herd-feed.ts';
import { playedPath } from '../herd/play-token.ts';
import { change } from '../login/change.tsx';
import { Age } from '../parts/age.tsx';
import { Note, State } from '../parts/state.tsx';
import { notesOf } from '../wall/wall-filter.ts';
import { rateText } from '../words/amount.ts';
import { Definition } from './definition.tsx';
import { Recordings } from './recordings.tsx';
import { RemoveStream } from './remove-stream.tsx';

/** Everything of one stream. */
export function StreamPage({ name }: { name: string }) {
  const stream = useComputed(() => herd.value.streams.get(name)).value;
  if (stream === undefined) {
    return (
      <>
        <h1 tabIndex={-1}>{name}</h1>
        <p class="empty">{link.value.is === 'live' ? `There is no stream ${name}.` : 'reading …'}</p>
      </>
    );
  }
  return (
    <>
      <h1 tabIndex={-1}>
        {name} {stream.title !== undefined && <span class="dim">{stream.title}</span>}
      </h1>
      <Status stream={stream} />
      <Recordings name={name} />
      <p>
        <a href={playedPath(name, 'embed.html')} target="_blank" rel="noopener">
          Live player
        </a>{' '}
        ·{' '}
        {stream.urls?.lowLatency !== undefined && (
          <>
            <a href={playedPath(name, 'embed.html?low_latency')} target="_blank" rel="noopener">
              Live player with low latency
            </a>{' '}
            ·{' '}
          </>
        )}
        <a href={playedPath(name, 'embed.html?dvr')} target="_blank" rel="noopener">
          Player with recordings
        </a>{' '}
        · <a href={addressOf('events', { stream: name })}>All its events</a>
      </p>
      <MoveMenu stream={stream} />
      <p class="filters">
        <a href={addressOf('define', { stream: name })}>Edit {name} …</a>
        <RemoveStream name={name} />
      </p>
      <Definition name={name} />
    </>
  );
}

function Status({ stream }: { stream: StreamStatus }) {
  const { state, server, since, why, error, remark, refused, bitrateKbps, pushes = [] } = stream;
  const advice = error === undefined || state === 'live' ? undefined : adviceOf(error);
  return (
    <section aria-label="State">
      <p>
        <State of={state} />{' '}
        {server === undefined ? 'on no server' : <a href={addressOf('wall', { server })}>on {server}</a>}
        {since !== undefined && (
          <>
            {' '}
            since <Age at={since} />
          </>
        )}
        : {why}
        {bitrateKbps !== undefined && ` (${rateText(bitrateKbps)})`}
      </p>
      {notesOf(stream).map((note) => (
        <Note key={note}>{note}</Note>
      ))}
      {error !== undefined && <Note isBad={state !== 'live'}>{state === 'live' ? `last error: ${error}` : error}</Note>}
      {advice !== undefined && <Note>What to do: {advice}</Note>}
      {remark !== undefined && <Note isBad>{remark}</Note>}
      {pushes.length > 0 && (
        <ul aria-label="Pushes">
          {pushes.map((push) => (
            <li key={push.to}>
              {push.state === 'failing' ? (
                <Note isBad>{`push to ${push.to} fails: ${push.why}`}</Note>
              ) : (
                `push to ${push.to}: ${push.state}`
              )}
            </li>
          ))}
        </ul>
      )}
      {refused !== undefined && <Note isBad>New definition refused: {refused}</Note>}
    </section>
  );
}

function MoveMenu({ stream: { name, server, captureAt } }: { stream: StreamStatus }) {
  const others = herd.value.servers
    .filter((each) => each.state === 'up' && each.name !== server)
    .map((each) => each.name);
  const wanted = useSignal('');
  const to = others.includes(wanted.value) ? wanted.value : (others[0] ?? '');
  if (others.length === 0) return null;
  const pinned =
    captureAt === undefined || captureAt === to
      ? `From then on ${to} is its home.`
      : `Its capture_at names ${captureAt}: while that server is up this is refused, and later the stream returns there.`;
  return (
    <p class="filters">
      <label>
        Move to{' '}
        <select value={to} onChange={({ currentTarget }) => (wanted.value = currentTarget.value)}>
          {others.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <button
        type="button"
        onClick={() =>
          change({
            title: `Move ${name} to ${to}`,
            consequences: `${server ?? 'No server'} ends its capture, and ${to} begins one: nothing is recorded for about a second. Viewers go on by themselves. ${pinned}`,
            path: `/api/v1/streams/${inPath(name)}/move`,
            body: () => ({ server: to }),
          })
        }
      >
        Move …
      </button>
    </p>
  );
}
