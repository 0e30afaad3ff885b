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
  return (
    <>
      {isNew && (
        <TextField
          label="Name"
          hint="What viewers ask for, like cam01 or hall/cam01."
          place="stream"
          problems={problems}
          value={fields.stream}
          onText={(stream) => set({ stream })}
        />
      )}
      <TextField
        label="Title"
        place="title"
        problems={problems}
        value={fields.title}
        onText={(title) => set({ title })}
      />
      <Inputs
        stream={fields.stream}
        inputs={fields.inputs}
        problems={problems}
        onChange={(inputs) => set({ inputs })}
      />
      <Recording fields={fields} problems={problems} set={set} />
      <Home fields={fields} problems={problems} set={set} />
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

interface PartProps {
  readonly fields: DefinitionFields;
  readonly problems: readonly DefinitionProblem[];
  readonly set: (change: Partial<DefinitionFields>) => void;
}

function Recording({ fields, problems, set }: PartProps) {
  return (
    <fieldset>
      <legend>Recording (dvr)</legend>
      <CheckField label="record it" isOn={fields.isRecorded} onChange={(isRecorded) => set({ isRecorded })} />
      {fields.isRecorded && (
        <div class="fields">
          <TextField
            label="Keep for"
            hint="Like 7d or 12h; empty: as long as there is room."
            place="dvr.keep"
            problems={problems}
            value={fields.keep}
            onText={(keep) => set({ keep })}
          />
          <TextField
            label="Most room"
            hint="Like 100G, on each server; empty: no bound."
            place="dvr.max_bytes"
            problems={problems}
            value={fields.maxBytes}
            onText={(maxBytes) => set({ maxBytes })}
          />
        </div>
      )}
    </fieldset>
  );
}

function Home({ fields, problems, set }: PartProps) {
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
        <TextField
          label="Weight"
          hint="How much of a server it takes, beside others; default 1."
          place="weight"
          problems={problems}
          value={fields.weight}
          placeholder="1"
          onText={(weight) => set({ weight })}
        />
      </div>
    </fieldset>
  );
}
