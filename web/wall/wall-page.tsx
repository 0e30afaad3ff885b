import { useComputed, useSignalEffect } from '@preact/signals';
import { isRecorded } from '../herd/archives.ts';
import { herd } from '../herd/herd-feed.ts';
import { archives } from '../herd/slow-facts.ts';
import { place } from '../navigation.ts';
import { speak } from '../parts/spoken.tsx';
import { countText } from '../words/amount.ts';
import { FilterBar } from './filter-bar.tsx';
import { groupsOf } from './stream-groups.ts';
import { Wall } from './wall.tsx';
import { filterOf, isFiltered, shownBy } from './wall-filter.ts';

export function WallPage() {
  const filter = useComputed(() => filterOf(place.value.query));
  const shown = useComputed(() => {
    const known = archives.value;
    return shownBy(filter.value, herd.value.streams.values(), (stream) => isRecorded(known, stream));
  });
  const groups = useComputed(() => groupsOf(shown.value));
  const countOfShown = useComputed(() => shown.value.length);
  useSignalEffect(() => {
    if (isFiltered(filter.value)) speak(`${countText(countOfShown.value, 'stream')} shown`);
  });
  return (
    <>
      <h1 tabIndex={-1} class="unseen">
        Wall of streams
      </h1>
      <FilterBar filter={filter.value} shown={countOfShown.value} />
      {countOfShown.value === 0 ? <p class="empty">No stream to show.</p> : <Wall groups={groups.value} />}
    </>
  );
}
