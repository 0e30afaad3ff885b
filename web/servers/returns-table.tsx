import type { ReturnRow } from '../herd/returns.ts';
import { returns } from '../herd/slow-facts.ts';
import { change } from '../login/change.tsx';
import { Note, State } from '../parts/state.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { bytesText, countText, spanText } from '../words/amount.ts';

const MAX_STUCK = 3;

/** What stand-ins have recorded, on its way home. Nothing is shown while all is at home. */
export function ReturnsTable() {
  if (returns.value.length === 0) return null;
  return (
    <section>
      <h2>Recordings that return</h2>
      <table aria-label="Recordings that return">
        <TableHead titles={['Home', 'State', 'From', 'Left', 'Rate', 'Done in', 'Now']} />
        <tbody>
          {returns.value.map((row) => (
            <Row key={`${row.home} ${row.holder}`} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ row }: { row: ReturnRow }) {
  const { home, holder, state, packs, bytes, bytesPerSecond, doneInMs, pausedSince, work, resting, stuck, problems } =
    row;
  return (
    <tr>
      <th scope="row">
        {home} <ReturnOrders home={home} />
      </th>
      <td data-label="State">
        <State of={stuck.length > 0 ? 'stuck' : state} />
      </td>
      <td data-label="From">{holder}</td>
      <td data-label="Left">{packs > 0 && `${countText(packs, 'pack')}, ${bytesText(bytes)}`}</td>
      <td data-label="Rate">{bytesPerSecond !== undefined && `${bytesText(bytesPerSecond)}/s`}</td>
      <td data-label="Done in">{doneInMs !== undefined && spanText(doneInMs)}</td>
      <td data-label="Now">
        {pausedSince !== undefined && <Note>an operator has paused it, since {timeText(pausedSince)}</Note>}
        {work.map((one) => (
          <Note key={`${one.stream} ${one.start}`}>
            {one.stream}, {timeText(one.start)}: {one.step},{' '}
            {Math.floor((100 * one.doneBytes) / Math.max(1, one.bytes))} %
          </Note>
        ))}
        {resting > 0 && <Note>{resting} have returned, and are erased there after a while</Note>}
        {problems.map((problem) => (
          <Note key={problem} isBad>
            {problem}
          </Note>
        ))}
        {stuck.slice(0, MAX_STUCK).map(({ stream, start, why }) => (
          <Note key={`${stream} ${start}`} isBad>
            {stream}, {timeText(start)}: {why}
          </Note>
        ))}
        {stuck.length > MAX_STUCK && <Note isBad>and {stuck.length - MAX_STUCK} more</Note>}
      </td>
    </tr>
  );
}

function ReturnOrders({ home }: { home: string }) {
  const order = (word: keyof typeof ORDERS) =>
    change({
      title: `Returns to ${home}: ${word}`,
      consequences: ORDERS[word],
      path: `/api/v1/archive-returns?server=${encodeURIComponent(home)}`,
      body: () => ({ order: word }),
    });
  return (
    <select
      aria-label={`Order for returns to ${home}`}
      value=""
      onChange={({ currentTarget }) => orderOf(currentTarget, order)}
    >
      <option value="">order …</option>
      {Object.keys(ORDERS).map((word) => (
        <option key={word}>{word}</option>
      ))}
    </select>
  );
}

const ORDERS = {
  now: 'What other servers recorded for it returns now, also outside the hours, and what was put off or is stuck.',
  pause: 'Nothing returns to it until this is taken back, also after a restart. What is away stays where it is.',
  resume: 'Recordings return to it by themselves again.',
} as const;

function orderOf(choice: HTMLSelectElement, order: (word: keyof typeof ORDERS) => void): void {
  const word = choice.value;
  choice.value = '';
  if (word === 'now' || word === 'pause' || word === 'resume') order(word);
}

function timeText(iso: string): string {
  return new Date(iso).toLocaleString();
}
