/** What one server brings to the sharing. */
export interface Claimant {
  readonly capacity: number;
  /** Weight of the streams that are pinned here: it is counted first and never given away. */
  readonly pinned: number;
}

/**
 * The share (quota) of each claimant, in stream weight: even by capacity, pins counted first. A server
 * whose pins are more than its even part keeps exactly those, and the others share the rest.
 * The shares add up to `total`, or to all pins where that is more.
 */
export function sharesOf(claimants: readonly Claimant[], total: number): number[] {
  const overfull = new Set<Claimant>();
  for (;;) {
    let rest = total;
    let capacity = 0;
    for (const claimant of claimants) {
      if (overfull.has(claimant)) rest -= claimant.pinned;
      else capacity += claimant.capacity;
    }
    const level = capacity > 0 ? Math.max(0, rest) / capacity : 0;
    const found = claimants.filter((it) => !overfull.has(it) && it.pinned > level * it.capacity);
    if (found.length === 0) return claimants.map((it) => (overfull.has(it) ? it.pinned : level * it.capacity));
    for (const claimant of found) overfull.add(claimant);
  }
}
