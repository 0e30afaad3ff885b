import type { Entry } from '../../src/nats/buckets/store.ts';

/** As `read`, which is asked once for each entry: the judge looks at what a bucket holds again and again. */
export function onceFor<Read>(read: (entry: Entry) => Read): (entry: Entry) => Read {
  const known = new WeakMap<Entry, { readonly found: Read }>();
  return (entry) => {
    const before = known.get(entry) ?? { found: read(entry) };
    known.set(entry, before);
    return before.found;
  };
}
