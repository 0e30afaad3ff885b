import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { STREAM_STATES } from '../../src/domain/status.ts';
import { addressOf } from '../address.ts';
import { herd, link } from '../herd/herd-feed.ts';
import { countsOf } from '../herd/herd-view.ts';
import { go } from '../navigation.ts';
import { countText } from '../words/amount.ts';
import { BAD, isFiltered, queryOf, type WallFilter } from './wall-filter.ts';

/** The address is changed in place: each letter of a search is no step of the way back. */
function show(filter: WallFilter): void {
  go('wall', queryOf(filter), true);
}

export function FilterBar({ filter, shown }: { filter: WallFilter; shown: number }) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, select, textarea');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      search.current?.focus();
    };
    document.addEventListener('keydown', find);
    return () => document.removeEventListener('keydown', find);
  }, []);
  const all = useComputed(() => herd.value.streams.size);
  return (
    <search class="filters">
      <label>
        Search{' '}
        <input
          ref={search}
          type="search"
          placeholder="name, title, server, state"
          aria-keyshortcuts="/"
          value={filter.text}
          onInput={({ currentTarget }) => show({ ...filter, text: currentTarget.value })}
        />
      </label>
      <ServerChoice filter={filter} />
      <Choice
        label="State"
        value={filter.state}
        options={[['', 'any'], [BAD, 'in trouble'], ...STREAM_STATES.map((state) => [state, state] as const)]}
        onChoice={(state) => show({ ...filter, state })}
      />
      <Choice
        label="Recording"
        value={filter.recording}
        options={[
          ['', 'any'],
          ['yes', 'recorded now'],
          ['no', 'not recorded'],
        ]}
        onChoice={(recording) =>
          show({ ...filter, recording: recording === 'yes' || recording === 'no' ? recording : '' })
        }
      />
      <label>
        <input
          type="checkbox"
          checked={filter.isAway}
          onChange={({ currentTarget }) => show({ ...filter, isAway: currentTarget.checked })}
        />{' '}
        away from home
      </label>
      <Trouble filter={filter} />
      <span class="dim">
        {shown === all.value ? countText(shown, 'stream') : `${shown} of ${countText(all.value, 'stream')}`}
      </span>
      {isFiltered(filter) && (
        <button type="button" onClick={() => go('wall')}>
          Show all
        </button>
      )}
      <a href={addressOf('define')}>Add a stream …</a>
      <a href={addressOf('import')}>Import streams …</a>
      <a href={addressOf('find')}>Find cameras …</a>
    </search>
  );
}

function ServerChoice({ filter }: { filter: WallFilter }) {
  const names = herd.value.servers.map(({ name }) => name);
  const known = filter.server === '' || names.includes(filter.server) ? names : [filter.server, ...names];
  return (
    <Choice
      label="Server"
      value={filter.server}
      options={[['', 'any'], ...known.map((name) => [name, name] as const)]}
      onChoice={(server) => show({ ...filter, server })}
    />
  );
}

/** One look says whether all is well, and one click shows what is not. While that is not known, nothing is said of it. */
function Trouble({ filter }: { filter: WallFilter }) {
  const { bad, down } = countsOf(herd.value);
  const isKnown = link.value.is === 'live' && herd.value.stale === null;
  const isOn = filter.state === BAD;
  return (
    <>
      {isKnown && bad + down === 0 && <span class="state good">all is well</span>}
      {bad > 0 && (
        <button
          type="button"
          class="bad"
          aria-pressed={isOn}
          onClick={() => show({ ...filter, state: isOn ? '' : BAD })}
        >
          {bad} in trouble
        </button>
      )}
      {down > 0 && (
        <a class="state bad" href={addressOf('servers')}>
          {countText(down, 'server')} down
        </a>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChoice: (value: string) => void;
}

function Choice({ label, value, options, onChoice }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={({ currentTarget }) => onChoice(currentTarget.value)}>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
