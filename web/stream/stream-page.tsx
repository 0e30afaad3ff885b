import { useComputed } from '@preact/signals';
import { streamPath } from '../address.ts';
import { herd, link } from '../herd/herd-feed.ts';
import { archives } from '../herd/slow-facts.ts';
import { Age } from '../parts/age.tsx';
import { Note, State } from '../parts/state.tsx';
import { notesOf } from '../wall/wall-filter.ts';
import { rateText } from '../words/amount.ts';

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
  const { title, state, server, since, why, error, remark, refused, bitrateKbps } = stream;
  const recorded = archives.value.streams.get(name);
  return (
    <>
      <h1 tabIndex={-1}>
        {name} {title !== undefined && <span class="dim">{title}</span>}
      </h1>
      <p>
        <State of={state} /> {server === undefined ? 'on no server' : `on ${server}`}
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
      {error !== undefined && <Note isBad>{error}</Note>}
      {remark !== undefined && <Note isBad>{remark}</Note>}
      {refused !== undefined && <Note isBad>New definition refused: {refused}</Note>}
      {recorded !== undefined && <Note>recorded since {new Date(recorded.from).toLocaleString()}</Note>}
      <p>
        <a href={streamPath(name, 'embed.html')} target="_blank" rel="noopener">
          Live player
        </a>{' '}
        ·{' '}
        <a href={streamPath(name, 'embed.html?dvr')} target="_blank" rel="noopener">
          Player with recordings
        </a>
      </p>
    </>
  );
}
