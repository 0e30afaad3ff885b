import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { inPath } from '../address.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { events, herd } from '../herd/herd-feed.ts';

type Said = { readonly definition: Readonly<Record<string, unknown>> } | { readonly problem: string };

/** The definition in force. The server leaves out the passwords for a page. */
export function Definition({ name }: { name: string }) {
  const said = useSignal<Said | undefined>(undefined);
  const isOpen = useSignal(false);
  // A new definition is told in the log, and changes what the stream is; its rate and its state change all the time.
  const version = useComputed(() => {
    const { bitrateKbps: _, state: __, ...stream } = herd.value.streams.get(name) ?? {};
    const told = events.value.find(({ kind, stream: of }) => of === name && kind === 'definition-changed');
    return JSON.stringify([stream, told?.at]);
  });
  useSignalEffect(() => {
    if (!isOpen.value) return undefined;
    void version.value;
    let isOld = false;
    void ask<{ definition?: Record<string, unknown> }>(`/api/v1/streams/${inPath(name)}`).then(
      ({ answer }) => {
        if (isOld) return;
        said.value =
          answer.definition === undefined ? { problem: 'none that could be read' } : { definition: answer.definition };
      },
      (error: unknown) => {
        if (!isOld) said.value = { problem: reasonOf(error) };
      },
    );
    return () => {
      isOld = true;
    };
  });
  const answer = said.value;
  return (
    <details onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>Definition</summary>
      {answer !== undefined && 'problem' in answer && <p>{answer.problem}</p>}
      {answer !== undefined && 'definition' in answer && (
        <dl class="definition">
          {Object.entries(answer.definition).map(([word, value]) => (
            <div key={word}>
              <dt>{word}</dt>
              <dd>
                <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </details>
  );
}
