import { useSignal, useSignalEffect } from '@preact/signals';
import { addressOf, inPath, streamAddress } from '../address.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { ForEditors } from '../login/for-editors.tsx';
import { DefinitionEditor } from './definition-editor.tsx';
import { type DefinitionFields, type DefinitionValue, EMPTY_FIELDS, fieldsOf } from './fields.ts';

interface Loaded {
  readonly fields: DefinitionFields;
  readonly revision: number;
  /** The configuration files that hold the stream. */
  readonly files: readonly string[];
}

type Said = { readonly loaded: Loaded } | { readonly problem: string } | undefined;

/** Adds a stream, or changes the one that is named. */
export function DefinePage({ name }: { name: string | undefined }) {
  return (
    <>
      <h1 tabIndex={-1}>{name === undefined ? 'Add a stream' : `Edit ${name}`}</h1>
      {name === undefined && (
        <p>
          Many cameras say what they send: <a href={addressOf('find')}>Find cameras …</a>
        </p>
      )}
      <ForEditors>
        <Definer name={name} />
      </ForEditors>
    </>
  );
}

function Definer({ name }: { name: string | undefined }) {
  const said = useSignal<Said>(
    name === undefined ? { loaded: { fields: EMPTY_FIELDS, revision: 0, files: [] } } : undefined,
  );
  const turn = useSignal(0);
  useSignalEffect(() => {
    if (turn.value >= 0 && name !== undefined) void load(name).then((loaded) => (said.value = loaded));
  });
  const answer = said.value;
  if (answer === undefined) return <p class="empty">reading …</p>;
  if ('problem' in answer) return <p class="bad">{answer.problem}</p>;
  const { fields, revision, files } = answer.loaded;
  return (
    <>
      {name !== undefined && (
        <p>
          <a href={streamAddress(name)}>Back to {name}</a>
          {files.length > 0 && (
            <span class="note">
              It is defined by the configuration file of {files.join(', ')}. Once it is saved here, the file no longer
              changes it.
            </span>
          )}
        </p>
      )}
      <DefinitionEditor
        key={`${turn.value} ${revision}`}
        fields={fields}
        revision={revision}
        isNew={name === undefined}
        onAnew={() => (turn.value += 1)}
      />
    </>
  );
}

async function load(name: string): Promise<Said> {
  try {
    const { answer } = await ask<{ definition?: DefinitionValue; revision: number }>(`/api/v1/streams/${inPath(name)}`);
    const { definition = {}, revision } = answer;
    const files = Array.isArray(definition.applied_from) ? definition.applied_from.map(String) : [];
    return { loaded: { fields: fieldsOf(name, definition), revision, files } };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}
