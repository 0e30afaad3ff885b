import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import { playedPath } from '../herd/play-token.ts';
import { type Part, partAt } from './recorded-parts.ts';

/** A picture is asked for when the pointer rests. */
const REST_MS = 250;

interface HoverProps {
  readonly stream: string;
  readonly atS: Signal<number | undefined>;
  readonly share: (s: number) => number;
  readonly parts: readonly Part[];
}

/** What there is where the pointer is, with its picture. */
export function HoverPicture({ stream, atS, share, parts }: HoverProps) {
  const pictured = useSignal<number | undefined>(undefined);
  useSignalEffect(() => {
    const time = atS.value;
    const timer = setTimeout(() => {
      pictured.value = time === undefined ? undefined : Math.floor(time);
    }, REST_MS);
    return () => clearTimeout(timer);
  });
  const time = atS.value;
  if (time === undefined) return null;
  const part = partAt(parts, time);
  const at = pictured.value;
  const isNear = at !== undefined && Math.abs(at - time) < 2 && part?.kind !== 'gap' && part !== undefined;
  return (
    <div class="hover" aria-hidden="true" style={{ left: `${Math.min(88, Math.max(0, share(time) * 100 - 6))}%` }}>
      {isNear && <img src={playedPath(stream, `${at}-preview.jpg`)} alt="" />}
      {new Date(time * 1000).toLocaleString()}
      {part !== undefined && <span class="note">{part.says}</span>}
    </div>
  );
}
