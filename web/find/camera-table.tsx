import type { CameraLogin } from '../../src/domain/cameras/camera.ts';
import { calledOf, profileText } from '../../src/domain/cameras/proposal.ts';
import { SourceTest } from '../define/source-test.tsx';
import { Note } from '../parts/state.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { type CameraRow, inputOf } from './found-cameras.ts';
import { LoginFields } from './login-fields.tsx';

interface TableProps {
  readonly rows: readonly CameraRow[];
  /** Of their streams. */
  readonly names: readonly string[];
  readonly login: CameraLogin;
  readonly onRow: (index: number, change: (row: CameraRow) => CameraRow) => void;
}

export function CameraTable({ rows, names, login, onRow }: TableProps) {
  return (
    <table aria-label="Cameras">
      <TableHead titles={['Add', 'Camera', 'Address', 'What it sends', 'Stream']} />
      <tbody>
        {rows.map((row, index) => (
          <Camera
            key={row.camera.url ?? row.camera.address}
            row={row}
            name={names[index] ?? ''}
            login={login}
            onChange={(change) => onRow(index, change)}
          />
        ))}
      </tbody>
    </table>
  );
}

/** For a screen reader: cameras have the same names, and recorders one address for many. */
function labelOf({ camera }: CameraRow): string {
  return `${calledOf(camera) || 'a camera'} at ${camera.address}`;
}

interface CameraProps {
  readonly row: CameraRow;
  readonly name: string;
  readonly login: CameraLogin;
  readonly onChange: (change: (row: CameraRow) => CameraRow) => void;
}

function Camera({ row, name, login, onChange }: CameraProps) {
  const { camera, isChosen } = row;
  const called = calledOf(camera) || 'a camera';
  const label = labelOf(row);
  const about = [camera.maker, camera.hardware, camera.location].filter(Boolean).join(', ');
  const input = inputOf(row, login);
  return (
    <tr>
      <td data-label="Add">
        {camera.url !== undefined && (
          <input
            type="checkbox"
            aria-label={`Add ${label}`}
            checked={isChosen}
            onChange={({ currentTarget: { checked } }) => onChange((now) => ({ ...now, isChosen: checked }))}
          />
        )}
      </td>
      <th scope="row">
        {called}
        {about !== '' && <Note>{about}</Note>}
        {camera.remark !== undefined && <Note>{camera.remark}</Note>}
        {camera.streams.length > 0 && (
          <Note isBad>{`There is an input at this address already: ${camera.streams.join(', ')}`}</Note>
        )}
      </th>
      <td data-label="Address">
        <span class="unbroken">{camera.address}</span>
      </td>
      <td data-label="What it sends">
        <Sends row={row} onChange={onChange} />
        {isChosen && <OwnLogin row={row} onChange={onChange} />}
      </td>
      <td data-label="Stream">
        {isChosen && input !== undefined && (
          <>
            <input
              type="text"
              aria-label={`Stream of ${label}`}
              value={name}
              maxLength={128}
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget: { value } }) => onChange((now) => ({ ...now, named: value }))}
            />
            <SourceTest label={name} url={input} stream="" />
          </>
        )}
      </td>
    </tr>
  );
}

function Sends({ row, onChange }: Pick<CameraProps, 'row' | 'onChange'>) {
  const { said, token } = row;
  if (said === undefined) return null;
  if (said.is === 'asking') return <span role="status">it is asked …</span>;
  if (said.is === 'failed') return <Note isBad>{said.why}</Note>;
  return (
    <>
      {said.profiles.length > 0 && (
        <select
          aria-label={`Picture of ${labelOf(row)}`}
          value={token}
          onChange={({ currentTarget: { value } }) => onChange((now) => ({ ...now, token: value }))}
        >
          {said.profiles.map((profile) => (
            <option key={profile.token} value={profile.token}>
              {[profile.name || profile.token, profileText(profile)].filter(Boolean).join(': ')}
            </option>
          ))}
        </select>
      )}
      {said.remarks.map((each) => (
        <Note key={each} isBad>
          {each}
        </Note>
      ))}
    </>
  );
}

function OwnLogin({ row, onChange }: Pick<CameraProps, 'row' | 'onChange'>) {
  const { ownLogin } = row;
  return (
    <details>
      <summary>Another login for {labelOf(row)}</summary>
      <LoginFields
        login={ownLogin ?? { user: '', password: '' }}
        onLogin={(next) => {
          onChange(({ ownLogin: _, ...now }) =>
            next.user === '' && next.password === '' ? now : { ...now, ownLogin: next },
          );
        }}
      />
    </details>
  );
}
