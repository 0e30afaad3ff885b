import { useRef } from 'preact/hooks';
import type { DefinitionProblem } from '../../src/domain/definition/definition-problem.ts';
import { TextField } from './field.tsx';

const MAX_PUSHES = 8;
const HIDDEN = /\/\*\*\*$/;

interface PushesProps {
  readonly push: readonly string[];
  readonly problems: readonly DefinitionProblem[];
  readonly onChange: (push: readonly string[]) => void;
}

/** Where a stream is pushed to. */
export function Pushes({ push, problems, onChange }: PushesProps) {
  const add = useRef<HTMLButtonElement>(null);
  return (
    <fieldset>
      <legend>Pushed to other servers</legend>
      {push.map((url, index) => (
        // Their order is all that tells them apart, and a text that is typed stays in its field.
        <div key={index} class="input">
          <TextField
            label={`Push ${index + 1}`}
            place={`push.${index}`}
            problems={problems}
            value={url}
            placeholder="rtmp://live.example.com/app/KEY"
            {...(HIDDEN.test(url) && { hint: 'The key is kept. To change it, write the whole address.' })}
            onText={(text) => onChange(push.with(index, text))}
          />
          <span class="range">
            <button
              type="button"
              aria-label={`Remove push ${index + 1}`}
              onClick={() => {
                onChange(push.toSpliced(index, 1));
                add.current?.focus();
              }}
            >
              Remove
            </button>
          </span>
        </div>
      ))}
      <button ref={add} type="button" disabled={push.length >= MAX_PUSHES} onClick={() => onChange([...push, ''])}>
        Add a push
      </button>
    </fieldset>
  );
}
