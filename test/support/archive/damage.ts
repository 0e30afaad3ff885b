import fc from 'fast-check';

/** What happens to the bytes of a file. Places are shares of its length, so that one damage fits every file. */
export type Damage =
  | { readonly kind: 'cut' | 'zeros from'; readonly at: number }
  | { readonly kind: 'flip'; readonly at: number; readonly mask: number }
  | { readonly kind: 'removed' | 'twice'; readonly at: number; readonly until: number }
  | { readonly kind: 'noise'; readonly at: number; readonly bytes: Uint8Array };

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constantFrom('cut' as const, 'zeros from' as const), at: share }),
  fc.record({ kind: fc.constant('flip' as const), at: share, mask: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constantFrom('removed' as const, 'twice' as const), at: share, until: share }),
  fc.record({ kind: fc.constant('noise' as const), at: share, bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) }),
);

export function damaged(bytes: Buffer, what: Damage): Buffer {
  const at = Math.floor(what.at * bytes.length);
  if (what.kind === 'cut') return bytes.subarray(0, at);
  if (what.kind === 'noise') return Buffer.concat([bytes.subarray(0, at), what.bytes, bytes.subarray(at)]);
  if (what.kind === 'removed' || what.kind === 'twice') {
    const [from = 0, until = 0] = [at, Math.floor(what.until * bytes.length)].sort((one, other) => one - other);
    const before = bytes.subarray(0, what.kind === 'removed' ? from : until);
    return Buffer.concat([before, bytes.subarray(what.kind === 'removed' ? until : from)]);
  }
  const copy = Buffer.from(bytes);
  if (what.kind === 'zeros from') copy.fill(0, at);
  else if (what.kind === 'flip' && copy.length > 0) copy[at] = (copy[at] ?? 0) ^ what.mask;
  return copy;
}
