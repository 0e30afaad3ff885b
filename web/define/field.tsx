import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { DefinitionProblem } from '../../src/domain/definition/definition-problem.ts';
import { problemsAt } from './fields.ts';

export interface Described {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  /** Its place in the definition. */
  readonly place: string;
  readonly problems: readonly DefinitionProblem[];
  /** The control, which takes what it is described by. */
  readonly children: (described: Described) => JSX.Element;
}

/** A control with its label, a hint, and what is wrong with it. */
export function Field({ label, hint, place, problems, children }: FieldProps) {
  const id = useId();
  const own = problemsAt(problems, place);
  const described: Described = {
    id,
    'aria-describedby': `${id}-hint ${id}-problem`,
    'aria-invalid': own.length > 0,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(described)}
      <span class="note" id={`${id}-hint`}>
        {hint}
      </span>
      <span class="note bad" id={`${id}-problem`}>
        {own.join('; ')}
      </span>
    </div>
  );
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly placeholder?: string;
}

export function TextField({ value, onText, placeholder = '', ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      {(described) => (
        <input
          {...described}
          type="text"
          value={value}
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => onText(currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function CheckField({
  label,
  isOn,
  onChange,
}: {
  label: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={({ currentTarget }) => onChange(currentTarget.checked)} /> {label}
    </label>
  );
}
