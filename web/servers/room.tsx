import type { ServerArchive } from '../../src/http/api/archive/archive-answers.ts';
import { Note } from '../parts/state.tsx';
import { bytesText, countText } from '../words/amount.ts';

/** The folders of an archive: how full each is, and when it will be. `silence`: why its server has not told. */
export function Room({ roots, silence }: { roots: ServerArchive['roots'] | undefined; silence: string | undefined }) {
  if (silence !== undefined) return <Note isBad>has not answered: {silence}</Note>;
  if (roots === undefined || roots.length === 0) return <>–</>;
  return (
    <ul class="plain">
      {roots.map(({ root, problem, bytes, freeBytes, totalBytes, daysUntilFull }) => (
        <li key={root}>
          {bytesText(bytes)} in <code>{root}</code>
          {freeBytes !== undefined && totalBytes !== undefined && (
            <>
              <meter
                aria-label={`How full the disk of ${root} is`}
                min={0}
                max={totalBytes}
                high={totalBytes * 0.9}
                optimum={0}
                value={totalBytes - freeBytes}
              />
              <Note>
                {bytesText(freeBytes)} free
                {daysUntilFull !== undefined && `, full in ${countText(Math.round(daysUntilFull), 'day')}`}
              </Note>
            </>
          )}
          {problem !== undefined && (
            <Note isBad>
              recordings on {root}: {problem}
            </Note>
          )}
        </li>
      ))}
    </ul>
  );
}
