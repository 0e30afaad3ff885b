import { effect, signal } from '@preact/signals';
import { herd } from '../herd/herd-feed.ts';
import { toldChanges } from '../herd/herd-view.ts';

const sentence = signal('');

/** Has a screen reader say something that is seen at a glance. */
export function speak(text: string): void {
  sentence.value = text;
}

let before = herd.peek();
effect(() => {
  const now = herd.value;
  const told = toldChanges(before, now);
  before = now;
  if (told.length > 0) sentence.value = told.join('; ');
});

export function Spoken() {
  return (
    <div class="unseen" role="status" aria-label="Changes">
      {sentence}
    </div>
  );
}
