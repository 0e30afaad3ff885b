import { type DefinitionProblem, formatDefinitionProblem } from '../../src/domain/definition/definition-problem.ts';

/** What stands in the fields of the form. A field that is empty is left out of the definition. */
export interface DefinitionFields {
  readonly stream: string;
  readonly inputs: readonly string[];
  readonly title: string;
  readonly isRecorded: boolean;
  readonly keep: string;
  readonly maxBytes: string;
  readonly transcoder: ProfileFields;
  readonly backup: ProfileFields;
  readonly captureAt: string;
  readonly push: readonly string[];
  readonly weight: string;
  readonly isDisabled: boolean;
}

export interface ProfileFields {
  readonly isUsed: boolean;
  /** By the words of a definition; of `an` and `vn`: `true`. */
  readonly words: Readonly<Record<string, string>>;
}

/** The words of a definition, as the API takes and gives them. */
export type DefinitionValue = Readonly<Record<string, unknown>>;

export const PROFILES = { transcoder: 'transcoder', backup: 'backup_transcoder' } as const;
export type ProfileName = keyof typeof PROFILES;

const NO_PROFILE: ProfileFields = { isUsed: false, words: {} };

export const EMPTY_FIELDS: DefinitionFields = {
  ...{ stream: '', inputs: [''], title: '', isRecorded: false, keep: '', maxBytes: '' },
  ...{ transcoder: NO_PROFILE, backup: NO_PROFILE, captureAt: '', push: [], weight: '', isDisabled: false },
};

/** @param value a definition, as the API answers it. */
export function fieldsOf(stream: string, value: DefinitionValue): DefinitionFields {
  const { inputs, dvr, push } = value;
  const bounds = isObject(dvr) ? dvr : {};
  return {
    stream,
    inputs: Array.isArray(inputs) ? inputs.map(String) : [''],
    title: textOf(value.title),
    isRecorded: dvr !== undefined,
    keep: textOf(bounds.keep),
    maxBytes: textOf(bounds.max_bytes),
    transcoder: profileOf(value.transcoder),
    backup: profileOf(value.backup_transcoder),
    captureAt: textOf(value.capture_at),
    push: Array.isArray(push) ? push.map(String) : [],
    weight: textOf(value.weight),
    isDisabled: value.disabled === true,
  };
}

export function definitionOf(fields: DefinitionFields): DefinitionValue {
  const { inputs, title, isRecorded, keep, maxBytes, transcoder, backup, captureAt, push, weight, isDisabled } = fields;
  return {
    // The places of problems count them as they stand in the form, so a field that is empty is not left out here.
    inputs: inputs.map((url) => url.trim()),
    ...given('title', title),
    ...(isRecorded && { dvr: { ...given('keep', keep), ...given('max_bytes', maxBytes) } }),
    ...(transcoder.isUsed && { transcoder: wordsOf(transcoder) }),
    ...(backup.isUsed && { backup_transcoder: wordsOf(backup) }),
    ...given('capture_at', captureAt),
    ...(push.length > 0 && { push: push.map((url) => url.trim()) }),
    ...given('weight', weight),
    ...(isDisabled && { disabled: true }),
  };
}

/** What is wrong with the field of a place in the definition, a sentence each. */
export function problemsAt(problems: readonly DefinitionProblem[], place: string): readonly string[] {
  return problems.filter(({ path }) => path === place).map((each) => formatDefinitionProblem({ ...each, path: '' }));
}

const PLACES =
  /^(?:stream|title|capture_at|weight|(?:inputs|push)\.\d+|dvr\.(?:keep|max_bytes)|(?:backup_)?transcoder\.\w+)$/;

/** What is wrong and belongs to no field. */
export function otherProblems(problems: readonly DefinitionProblem[]): readonly string[] {
  return problems.filter(({ path }) => !PLACES.test(path)).map(formatDefinitionProblem);
}

/** An input in another place of the list. */
export function moved(inputs: readonly string[], from: number, to: number): readonly string[] {
  const url = inputs[from];
  if (url === undefined || to < 0 || to >= inputs.length) return inputs;
  return inputs.toSpliced(from, 1).toSpliced(to, 0, url);
}

function profileOf(value: unknown): ProfileFields {
  if (!isObject(value)) return NO_PROFILE;
  return { isUsed: true, words: Object.fromEntries(Object.entries(value).map(([word, text]) => [word, textOf(text)])) };
}

function wordsOf({ words }: ProfileFields): DefinitionValue {
  const said = Object.entries(words).filter(([, text]) => text.trim() !== '');
  return Object.fromEntries(said.map(([word, text]) => [word, text === 'true' ? true : text.trim()]));
}

function given(word: string, text: string): DefinitionValue {
  return text.trim() === '' ? {} : { [word]: text.trim() };
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

function isObject(value: unknown): value is DefinitionValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
