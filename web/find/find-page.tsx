import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { DEFAULT_SEARCH_S } from '../../src/domain/cameras/camera.ts';
import { addressOf } from '../address.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { ForEditors } from '../login/for-editors.tsx';
import { countText } from '../words/amount.ts';
import { CameraDesk } from './camera-desk.tsx';
import { type CameraRow, type FoundHere, firstRows, hostsIn } from './found-cameras.ts';

/** Longer than the server searches. */
const TIMEOUT_MS = (DEFAULT_SEARCH_S + 15) * 1000;

/** Cameras that speak ONVIF: found, asked, and proposed to the import. */
export function FindPage() {
  return (
    <>
      <h1 tabIndex={-1}>Find cameras</h1>
      <p>
        The server that this page is of looks for cameras that speak ONVIF in its own network, and asks those that you
        choose what they send. Nothing is added before you have seen it.{' '}
        <a href={addressOf('define')}>Add one stream …</a> <a href={addressOf('import')}>Import streams …</a>
      </p>
      <ForEditors>
        <Finder />
      </ForEditors>
    </>
  );
}

interface Found {
  readonly cameras: readonly FoundHere[];
  readonly remarks: readonly string[];
}

function Finder() {
  const hosts = useSignal('');
  const said = useSignal('');
  const problem = useSignal('');
  const rows = useSignal<readonly CameraRow[] | undefined>(undefined);
  const searching = useSignal<AbortController | undefined>(undefined);
  // The server gives a search up when its client leaves.
  useEffect(() => () => searching.peek()?.abort(), []);
  const search = async () => {
    const leaving = new AbortController();
    searching.value = leaving;
    rows.value = undefined;
    problem.value = '';
    said.value = `${location.host} asks, and waits for answers …`;
    const body = { hosts: hostsIn(hosts.peek()) };
    const question = { method: 'POST', body, timeoutMs: TIMEOUT_MS, signal: leaving.signal };
    try {
      const { answer } = await ask<Found>('/api/v1/cameras/search', question);
      rows.value = firstRows(answer.cameras);
      said.value = [`${countText(answer.cameras.length, 'camera')} found.`, ...answer.remarks].join(' ');
    } catch (error) {
      said.value = leaving.signal.aborted ? 'The search was stopped.' : '';
      problem.value = leaving.signal.aborted ? '' : reasonOf(error);
    }
    searching.value = undefined;
  };
  const isSearching = searching.value !== undefined;
  return (
    <>
      <form
        aria-label="Search"
        onSubmit={(event) => {
          event.preventDefault();
          void search();
        }}
      >
        <Hosts hosts={hosts} />
        <p class="filters">
          <button type="submit" disabled={isSearching}>
            Find cameras
          </button>
          {isSearching && (
            <button type="button" onClick={() => searching.peek()?.abort()}>
              Stop
            </button>
          )}
        </p>
        <p role="alert" id="search-problem" class="bad said">
          {problem}
        </p>
        <p role="status">{said}</p>
      </form>
      {rows.value !== undefined && rows.value.length > 0 && <FoundCameras rows={rows} />}
      {rows.value?.length === 0 && <NoneFound />}
    </>
  );
}

function Hosts({ hosts }: { hosts: Signal<string> }) {
  return (
    <div class="field">
      <label for="hosts">Addresses of cameras</label>
      <input
        id="hosts"
        type="text"
        value={hosts.value}
        placeholder="10.1.1.7, 10.1.1.8:8080"
        autocomplete="off"
        spellcheck={false}
        aria-describedby="hosts-hint search-problem"
        onInput={({ currentTarget }) => (hosts.value = currentTarget.value)}
      />
      <span class="note" id="hosts-hint">
        Empty: all cameras of the server's networks are asked, by multicast. Cameras of other networks have to be named.
      </span>
    </div>
  );
}

function NoneFound() {
  return (
    <p class="empty">
      Multicast stays in one network: name the addresses of the cameras. In many cameras ONVIF has to be switched on,
      and a firewall of the server may drop their answers, which come from UDP port 3702.
    </p>
  );
}

/** The keyboard goes on at what was found. */
function FoundCameras({ rows }: { rows: Signal<readonly CameraRow[] | undefined> }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        Cameras
      </h2>
      <CameraDesk rows={rows.value ?? []} onRows={(next) => (rows.value = next)} />
    </>
  );
}
