import { inPath } from '../address.ts';
import { change } from '../login/change.tsx';
import { spanText } from '../words/amount.ts';
import type { Part } from './recorded-parts.ts';

interface PartListProps {
  readonly stream: string;
  readonly parts: readonly Part[];
  readonly onSeek: (atS: number) => void;
  readonly onReleased: () => void;
}

/** A picture before a gap shows what led to it. */
const BEFORE_S = 5;

/** What the timeline shows beside recordings, in words: also for those that do not see it. */
export function PartList({ stream, parts, onSeek, onReleased }: PartListProps) {
  const told = parts.filter(({ kind }) => kind !== 'recorded').toSorted((a, b) => a.fromS - b.fromS);
  return (
    <details>
      <summary>Gaps and protected times of this time ({told.length})</summary>
      <ul>
        {told.map(({ kind, fromS, untilS, says, id }) => (
          <li key={`${kind} ${fromS}`}>
            <button type="button" onClick={() => onSeek(fromS - BEFORE_S)}>
              {new Date(fromS * 1000).toLocaleString()}
            </button>{' '}
            {spanText(1000 * (untilS - fromS))} {says}{' '}
            {id !== undefined && (
              <button type="button" onClick={() => release(stream, id, says, onReleased)}>
                Release …
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

function release(stream: string, id: string, says: string, onDone: () => void): void {
  change({
    title: `Release a protected time of ${stream}`,
    consequences: `It was ${says}. From now on its recordings go when their age or the size of the archive says so, which may be at once.`,
    path: `/api/v1/archive/${inPath(stream)}/keep/${encodeURIComponent(id)}`,
    method: 'DELETE',
    onDone,
  });
}
