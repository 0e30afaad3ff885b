import type { DefinitionProblem } from '../../src/domain/definition/definition-problem.ts';
import { herd } from '../herd/herd-feed.ts';
import { CheckField, Field, TextField } from './field.tsx';
import type { DefinitionFields } from './fields.ts';
import { Inputs } from './inputs.tsx';
import { Profile } from './profile.tsx';
import { Pushes } from './pushes.tsx';

interface FormProps {
  readonly fields: DefinitionFields;
  readonly problems: readonly DefinitionProblem[];
  readonly isNew: boolean;
  readonly onChange: (fields: DefinitionFields) => void;
}

export function DefinitionForm({ fields, problems, isNew, onChange }: FormProps) {
  const set = (change: Partial<DefinitionFields>) => onChange({ ...fields, ...change });
  const part = { fields, problems, set };
  return (
    <>
      {isNew && (
        <BoundField
          label="Name"
          hint="What viewers ask for, like cam01 or hall/cam01."
          place="stream"
          part={part}
          name="stream"
        />
      )}
      <BoundField label="Title" place="title" part={part} name="title" />
      <Inputs
        stream={fields.stream}
        inputs={fields.inputs}
        problems={problems}
        onChange={(inputs) => set({ inputs })}
      />
      <Recording part={part} />
      <Home part={part} />
      <Profile
        name="transcoder"
        legend="Transcoder"
        use="encode it anew (otherwise it is copied)"
        profile={fields.transcoder}
        problems={problems}
        onChange={(transcoder) => set({ transcoder })}
      />
      <Profile
        name="backup"
        legend="Transcoder on another server than the one above"
        use="encode it otherwise there"
        profile={fields.backup}
        problems={problems}
        onChange={(backup) => set({ backup })}
      />
      <Pushes push={fields.push} problems={problems} onChange={(push) => set({ push })} />
      <CheckField
        label="disabled: no server captures it"
        isOn={fields.isDisabled}
        onChange={(isDisabled) => set({ isDisabled })}
      />
    </>
  );
}

/** What a part of the form shows and changes. */
interface Part {
  readonly fields: DefinitionFields;
  readonly problems: readonly DefinitionProblem[];
  readonly set: (change: Partial<DefinitionFields>) => void;
}

interface BoundFieldProps {
  readonly part: Part;
  readonly name: 'stream' | 'title' | 'keep' | 'maxBytes' | 'weight';
  readonly label: string;
  readonly place: string;
  readonly hint?: string;
  readonly placeholder?: string;
}

/** A field of text. */
function BoundField({ part: { fields, problems, set }, name, ...shown }: BoundFieldProps) {
  return <TextField {...shown} problems={problems} value={fields[name]} onText={(text) => set({ [name]: text })} />;
}

function Recording({ part }: { part: Part }) {
  const { fields, set } = part;
  return (
    <fieldset>
      <legend>Recording (dvr)</legend>
      <CheckField label="record it" isOn={fields.isRecorded} onChange={(isRecorded) => set({ isRecorded })} />
      {fields.isRecorded && (
        <div class="fields">
          <BoundField
            label="Keep for"
            hint="Like 7d or 12h; empty: as long as there is room."
            place="dvr.keep"
            part={part}
            name="keep"
          />
          <BoundField
            label="Most room"
            hint="Like 100G, on each server; empty: no bound."
            place="dvr.max_bytes"
            part={part}
            name="maxBytes"
          />
        </div>
      )}
    </fieldset>
  );
}

function Home({ part }: { part: Part }) {
  const { fields, problems, set } = part;
  const names = herd.value.servers.map(({ name }) => name);
  const { captureAt } = fields;
  const known = captureAt === '' || names.includes(captureAt) ? names : [captureAt, ...names];
  return (
    <fieldset>
      <legend>Server</legend>
      <div class="fields">
        <Field
          label="Captured by (capture_at)"
          hint="If that server is off, others take it."
          place="capture_at"
          problems={problems}
        >
          {(described) => (
            <select
              {...described}
              value={captureAt}
              onChange={({ currentTarget }) => set({ captureAt: currentTarget.value })}
            >
              <option value="">any server</option>
              {known.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Field>
        <BoundField
          label="Weight"
          hint="How much of a server it takes, beside others; default 1."
          place="weight"
          part={part}
          name="weight"
          placeholder="1"
        />
      </div>
    </fieldset>
  );
}
