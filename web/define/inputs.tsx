import { useRef } from 'preact/hooks';
import type { DefinitionProblem } from '../../src/domain/definition/definition-problem.ts';
import { speak } from '../parts/spoken.tsx';
import { TextField } from './field.tsx';
import { moved } from './fields.ts';
import { SourceTest } from './source-test.tsx';

const MAX_INPUTS = 16;
const HIDDEN = /\*\*\*@|=\*\*\*/;

interface InputsProps {
  /** Whose inputs they are; empty: it has no name yet. */
  readonly stream: string;
  readonly inputs: readonly string[];
  readonly problems: readonly DefinitionProblem[];
  readonly onChange: (inputs: readonly string[]) => void;
}

/** The sources of a stream, in the order in which they are tried. */
export function Inputs({ stream, inputs, problems, onChange }: InputsProps) {
  const group = useRef<HTMLFieldSetElement>(null);
  const move = (from: number, to: number) => {
    onChange(moved(inputs, from, to));
    speak(`input ${from + 1} is input ${to + 1} now`);
  };
  return (
    <fieldset ref={group}>
      <legend>Inputs, tried in this order</legend>
      {inputs.map((url, index) => (
        // Their order is all that tells them apart, and a text that is typed stays in its field.
        <div key={index} class="input">
          <TextField
            label={inputs.length === 1 ? 'Input' : `Input ${index + 1}`}
            place={`inputs.${index}`}
            problems={problems}
            value={url}
            placeholder="rtsp://user:password@10.1.1.7/h264"
            {...(HIDDEN.test(url) && {
              hint: 'The password is kept as long as nothing of this address is changed. Otherwise put the password in place of ***.',
            })}
            onText={(text) => onChange(inputs.with(index, text))}
          />
          <SourceTest label={inputs.length === 1 ? 'the input' : `input ${index + 1}`} url={url} stream={stream} />
          {inputs.length > 1 && (
            <span class="range">
              <button
                type="button"
                disabled={index === 0}
                aria-label={`Input ${index + 1} up`}
                onClick={() => move(index, index - 1)}
              >
                ↑
              </button>
              <button
                type="button"
                disabled={index === inputs.length - 1}
                aria-label={`Input ${index + 1} down`}
                onClick={() => move(index, index + 1)}
              >
                ↓
              </button>
              <button
                type="button"
                aria-label={`Remove input ${index + 1}`}
                onClick={() => {
                  onChange(inputs.toSpliced(index, 1));
                  group.current?.querySelector('input')?.focus();
                }}
              >
                Remove
              </button>
            </span>
          )}
        </div>
      ))}
      {inputs.length < MAX_INPUTS && (
        <button type="button" onClick={() => onChange([...inputs, ''])}>
          Add an input
        </button>
      )}
    </fieldset>
  );
}
