import { useComputed } from '@preact/signals';
import { addressOf, type PageName } from './address.ts';
import { DefinePage } from './define/define-page.tsx';
import { EventsPage } from './events/events-page.tsx';
import { NightPage } from './events/night-page.tsx';
import { FindPage } from './find/find-page.tsx';
import { herd, link } from './herd/herd-feed.ts';
import { countsOf } from './herd/herd-view.ts';
import { ImportPage } from './import/import-page.tsx';
import { ChangeDialog } from './login/change.tsx';
import { LoginForm } from './login/login-form.tsx';
import { UserMenu } from './login/user-menu.tsx';
import { place } from './navigation.ts';
import { Spoken } from './parts/spoken.tsx';
import { ServersPage } from './servers/servers-page.tsx';
import { StreamPage } from './stream/stream-page.tsx';
import { WallPage } from './wall/wall-page.tsx';

/** The others are reached from these. */
const TITLES: Readonly<Record<Exclude<PageName, 'stream' | 'define' | 'import' | 'find'>, string>> = {
  wall: 'Wall',
  servers: 'Servers',
  events: 'Events',
  night: 'Last night',
};

export function App() {
  return (
    <>
      <header>
        <a class="name" href="/">
          streamherd
        </a>
        <nav aria-label="Pages">
          {Object.entries(TITLES).map(([page, title]) => (
            <PageLink key={page} page={page as PageName} title={title} />
          ))}
        </nav>
        <Summary />
        <LinkState />
        <UserMenu />
      </header>
      <StaleBanner />
      <main>{link.value.is === 'closed' ? <Closed /> : <CurrentPage />}</main>
      <ChangeDialog />
      <Spoken />
    </>
  );
}

function Closed() {
  return (
    <>
      <h1 tabIndex={-1}>streamherd</h1>
      <LoginForm why="This server shows nothing without a login." />
    </>
  );
}

function PageLink({ page, title }: { page: PageName; title: string }) {
  const isHere = place.value.page === page;
  return (
    <a href={addressOf(page)} aria-current={isHere ? 'page' : undefined}>
      {title}
    </a>
  );
}

function CurrentPage() {
  const { page, query } = place.value;
  if (page === 'stream') return <StreamPage key={query.stream} name={query.stream ?? ''} />;
  if (page === 'define') return <DefinePage key={query.stream} name={query.stream} />;
  if (page === 'import') return <ImportPage />;
  if (page === 'find') return <FindPage />;
  if (page === 'servers') return <ServersPage />;
  if (page === 'events') return <EventsPage />;
  if (page === 'night') return <NightPage />;
  return <WallPage />;
}

function Summary() {
  const text = useComputed(() => {
    const { live, streams, up, servers } = countsOf(herd.value);
    return `${live} of ${streams} streams live, ${up} of ${servers} servers up`;
  });
  return <span class="summary">{text}</span>;
}

function LinkState() {
  const { is } = link.value;
  const text = {
    connecting: 'connecting …',
    live: `live from ${location.host}`,
    lost: `${location.host} does not answer: what you see may be old`,
    closed: 'this server shows nothing without a login',
  }[is];
  return (
    <span role="status" class={is === 'live' || is === 'connecting' ? 'dim' : 'bad'}>
      {text}
    </span>
  );
}

function StaleBanner() {
  const { stale } = herd.value;
  return (
    <div role="status">
      {stale && (
        <p class="banner">
          <strong>
            Stale since <time dateTime={stale.since}>{new Date(stale.since).toLocaleString()}</time>
          </strong>
          : {stale.why}. What you see is the last known state. No stream is moved until the state is up to date again.
        </p>
      )}
    </div>
  );
}
