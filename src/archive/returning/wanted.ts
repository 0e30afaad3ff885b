import type { KeepRule } from '../retention/held-recording.ts';

export interface WantedPack {
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
  /** The protected times in which it lies. */
  readonly kept: readonly unknown[];
}

export interface WantedQuestion {
  readonly pack: WantedPack;
  /** Of its stream; `undefined`: it is not defined any more. */
  readonly rule: KeepRule | undefined;
  /** What this server has of the stream, in any order. */
  readonly held: readonly { readonly startMs: number; readonly bytes: number }[];
  readonly nowMs: number;
}

/** Why this server's own retention would remove the pack as soon as it had come; `undefined`: it would keep it. */
export function whyUnwanted({ pack, rule, held, nowMs }: WantedQuestion): string | undefined {
  if (rule === undefined || pack.kept.length > 0) return undefined;
  const { keepMs, maxBytes } = rule;
  if (keepMs !== undefined && pack.endMs + keepMs <= nowMs) return 'it is older than its stream is kept';
  if (maxBytes === undefined) return undefined;
  let bytes = pack.bytes;
  for (const other of held) if (other.startMs > pack.startMs) bytes += other.bytes;
  return bytes > maxBytes ? 'newer recordings of its stream fill all that the stream may have' : undefined;
}
