import type { DefinitionProblem } from '../../src/domain/definition/definition-problem.ts';
import { CheckField, Field, TextField } from './field.tsx';
import { PROFILES, type ProfileFields, type ProfileName } from './fields.ts';

const CHOICES = {
  vcodec: ['h264', 'hevc', 'copy'],
  preset: ['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow', 'slower', 'veryslow'],
  acodec: ['aac', 'copy'],
} as const;

const WORDS: readonly (readonly [word: string, label: string, example: string])[] = [
  ['vcodec', 'Picture', ''],
  ['vb', 'Bit rate of the picture', '2048k'],
  ['size', 'Size', '1280x720'],
  ['fps', 'Pictures a second', '25'],
  ['gop', 'Pictures between key frames', '50'],
  ['preset', 'Preset', ''],
  ['acodec', 'Sound', ''],
  ['ab', 'Bit rate of the sound', '128k'],
];

interface ProfileProps {
  readonly name: ProfileName;
  readonly legend: string;
  readonly use: string;
  readonly profile: ProfileFields;
  readonly problems: readonly DefinitionProblem[];
  readonly onChange: (profile: ProfileFields) => void;
}

/** The words of a transcoder. */
export function Profile({ name, legend, use, profile, problems, onChange }: ProfileProps) {
  const { isUsed, words } = profile;
  const say = (word: string, text: string) => onChange({ isUsed, words: { ...words, [word]: text } });
  return (
    <fieldset>
      <legend>{legend}</legend>
      <CheckField label={use} isOn={isUsed} onChange={(isOn) => onChange({ isUsed: isOn, words })} />
      {isUsed && (
        <div class="fields">
          {WORDS.map(([word, label, example]) => (
            <Word
              key={word}
              {...{ word, label, example, problems }}
              place={`${PROFILES[name]}.${word}`}
              value={words[word] ?? ''}
              onText={(text) => say(word, text)}
            />
          ))}
          <CheckField
            label="without a picture (vn)"
            isOn={words.vn === 'true'}
            onChange={(isOn) => say('vn', isOn ? 'true' : '')}
          />
          <CheckField
            label="without sound (an)"
            isOn={words.an === 'true'}
            onChange={(isOn) => say('an', isOn ? 'true' : '')}
          />
        </div>
      )}
    </fieldset>
  );
}

interface WordProps {
  readonly word: string;
  readonly label: string;
  readonly example: string;
  readonly place: string;
  readonly problems: readonly DefinitionProblem[];
  readonly value: string;
  readonly onText: (text: string) => void;
}

function Word({ word, label, example, onText, value, ...field }: WordProps) {
  const choices = Object.entries(CHOICES).find(([each]) => each === word)?.[1];
  const named = `${label} (${word})`;
  if (choices === undefined)
    return <TextField label={named} value={value} placeholder={example} onText={onText} {...field} />;
  return (
    <Field label={named} {...field}>
      {(described) => (
        <select {...described} value={value} onChange={({ currentTarget }) => onText(currentTarget.value)}>
          <option value="">default</option>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
