import type { CheckedLine } from '../../src/http/api/definitions/csv/csv-routes.ts';
import { Note } from '../parts/state.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { ACTIONS, changes, type Fate, type ImportState, sentencesOf } from './import-lines.ts';

interface TableProps {
  readonly state: ImportState;
  /** The choice cannot be changed now. */
  readonly isFixed: boolean;
  readonly onChoice: (state: ImportState) => void;
}

/** What each line would change, and has changed. */
export function CheckedTable({ state, isFixed, onChoice }: TableProps) {
  const { lines, chosen, fates } = state;
  const choose = (line: number, isOn: boolean) => {
    const next = new Set(chosen);
    if (isOn) next.add(line);
    else next.delete(line);
    onChoice({ ...state, chosen: next });
  };
  return (
    <table aria-label="Lines">
      <TableHead titles={['Apply', 'Line', 'Stream', 'It is', 'What it changes, or why not', 'Done']} />
      <tbody>
        {lines.map((line) => (
          <Line
            key={line.line}
            line={line}
            fate={fates.get(line.line)}
            isChosen={chosen.has(line.line)}
            isFixed={isFixed}
            onChoice={(isOn) => choose(line.line, isOn)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface LineProps {
  readonly line: CheckedLine;
  readonly fate: Fate | undefined;
  readonly isChosen: boolean;
  readonly isFixed: boolean;
  readonly onChoice: (isOn: boolean) => void;
}

function Line({ line, fate, isChosen, isFixed, onChoice }: LineProps) {
  const isBad = line.action === 'refuse';
  return (
    <tr>
      <td data-label="Apply">
        {changes(line) && fate?.is !== 'done' && (
          <input
            type="checkbox"
            aria-label={`Apply line ${line.line}, ${line.stream}`}
            checked={isChosen}
            disabled={isFixed}
            onChange={({ currentTarget }) => onChoice(currentTarget.checked)}
          />
        )}
      </td>
      <td data-label="Line">{line.line}</td>
      <th scope="row">{line.stream}</th>
      <td data-label="It is" class={isBad ? 'bad' : ''}>
        <span class="unbroken">{ACTIONS[line.action]}</span>
      </td>
      <td data-label="What it changes, or why not">
        {sentencesOf(line).map((each) => (
          <Note key={each} isBad={isBad}>
            {each}
          </Note>
        ))}
      </td>
      <td data-label="Done" class={fate?.is === 'failed' ? 'bad' : 'good'}>
        {fate?.is === 'done' && 'applied'}
        {fate?.is === 'failed' && fate.why}
      </td>
    </tr>
  );
}
