import { signal } from '@preact/signals';
import { ageText } from '../words/amount.ts';

const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);

/** How long ago something was, kept up to date. */
export function Age({ at }: { at: string }) {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {ageText(at, now.value)}
    </time>
  );
}
