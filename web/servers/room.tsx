import type { ServerArchive } from '../../src/http/api/archive/archive-answers.ts';
import { Note } from '../parts/state.tsx';
import { bytesText, countText } from '../words/amount.ts';

/** The folders of an archive: how full each is, and when it will be. */
export function Room({ roots }: { roots: ServerArchive['roots'] | undefined }) {
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
