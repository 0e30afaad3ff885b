import { useSignal, useSignalEffect } from '@preact/signals';
import { inPath } from '../address.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { herd } from '../herd/herd-feed.ts';

type Said = { readonly definition: Readonly<Record<string, unknown>> } | { readonly problem: string };

/** The definition in force. The server leaves out the passwords for a page. */
export function Definition({ name }: { name: string }) {
  const said = useSignal<Said | undefined>(undefined);
  useSignalEffect(() => {
    // A new definition changes the stream.
    void herd.value.streams.get(name);
    void ask<{ definition?: Record<string, unknown> }>(`/api/v1/streams/${inPath(name)}`).then(
      ({ answer }) => {
        said.value =
          answer.definition === undefined ? { problem: 'none that could be read' } : { definition: answer.definition };
      },
      (error: unknown) => {
        said.value = { problem: reasonOf(error) };
      },
    );
  });
  const answer = said.value;
  return (
    <details>
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
