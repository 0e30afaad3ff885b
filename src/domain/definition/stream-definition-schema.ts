import { z } from 'zod';
import { serverNameProblem } from '../records/server-name.ts';
import { parseBytes, parseDurationMs, printBytes, printDurationMs } from '../text/units.ts';
import { type DefinitionProblem, problemsOfIssue } from './definition-problem.ts';
import { hidesSecret } from './kept-secrets.ts';
import { MAX_PUSH_URL_LENGTH, PUSH_EXPECTED, pushUrlProblem } from './push-url.ts';
import { valueAs } from './schema-value.ts';
import { MAX_SOURCE_URL_LENGTH, sourceUrlProblem } from './source-url.ts';
import type { StreamDefinition } from './stream-definition.ts';
import { profileOf, transcoderWords, wordsOfProfile } from './transcoder-words.ts';

/**
 * Reads and prints stream definitions: the JSON value in the KV bucket `streams`, the body of
 * `PUT /api/v1/streams/<stream>`, and, through the same schema, the `stream` blocks of the configuration file.
 */
export type DefinitionResult =
  | { readonly ok: true; readonly definition: StreamDefinition }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

export const MAX_DEFINITION_LENGTH = 64 * 1024;
export const MAX_INPUTS = 16;
/** Each is a process of its own. */
export const MAX_PUSHES = 8;
export const MAX_TITLE_LENGTH = 200;
export const MAX_WEIGHT = 1000;
/** Servers whose files apply one stream. */
const MAX_APPLIED_FROM = 1000;
const MAX_PROBLEMS = 50;

const sourceUrl = z
  .string({ error: 'a source URL' })
  .max(MAX_SOURCE_URL_LENGTH, { error: `a source URL of at most ${MAX_SOURCE_URL_LENGTH} characters` })
  .superRefine((url, context) => {
    const expected = sourceUrlProblem(url);
    if (expected !== undefined) context.addIssue({ code: 'custom', message: expected });
  })
  .meta({ description: 'a source URL', examples: ['rtsp://camera.example/h264'] });

const pushUrl = z
  .string({ error: PUSH_EXPECTED })
  .max(MAX_PUSH_URL_LENGTH, { error: `a push URL of at most ${MAX_PUSH_URL_LENGTH} characters` })
  .superRefine((url, context) => {
    const expected = pushUrlProblem(url);
    if (expected !== undefined) context.addIssue({ code: 'custom', message: expected });
  })
  .meta({ description: PUSH_EXPECTED, examples: ['rtmp://live.example/app/key'] });
export const PUSHES_EXPECTED = `a list of at most ${MAX_PUSHES} push URLs, each once`;

export function isEachOnce(urls: readonly string[]): boolean {
  return new Set(urls).size === urls.length;
}

const TITLE_EXPECTED = `a title of at most ${MAX_TITLE_LENGTH} characters without control characters`;
const title = z
  .string({ error: TITLE_EXPECTED })
  .max(MAX_TITLE_LENGTH, { error: TITLE_EXPECTED })
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), { error: TITLE_EXPECTED });

const KEEP_EXPECTED = 'a duration like "7d" or "12h"';
const MAX_BYTES_EXPECTED = 'a size like "100G", or a number of bytes';
const dvr = z
  .strictObject(
    {
      keep: valueAs(KEEP_EXPECTED, z.string({ error: KEEP_EXPECTED }), parseDurationMs)
        .meta({ description: 'longest age of a recording; left out: no bound', examples: ['7d'] })
        .optional(),
      max_bytes: valueAs(
        MAX_BYTES_EXPECTED,
        z.union([z.string(), z.number()], { error: MAX_BYTES_EXPECTED }),
        (value) => parseBytes(String(value)),
      )
        .meta({ description: 'most bytes that the recordings take; left out: no bound', examples: ['100G'] })
        .optional(),
    },
    { error: 'an object like {"keep": "7d", "max_bytes": "100G"}' },
  )
  .transform(({ keep, max_bytes }) => ({
    ...(keep !== undefined && { keepMs: keep }),
    ...(max_bytes !== undefined && { maxBytes: max_bytes }),
  }));

const serverName = z.string({ error: 'the name of a server' }).superRefine((text, context) => {
  const expected = serverNameProblem(text);
  if (expected !== undefined) context.addIssue({ code: 'custom', message: expected });
});

const WEIGHT_EXPECTED = `a number above 0, at most ${MAX_WEIGHT}`;
const weight = valueAs(WEIGHT_EXPECTED, z.union([z.number(), z.string()], { error: WEIGHT_EXPECTED }), (value) => {
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(String(value))) return undefined;
  return Number(value) > 0 && Number(value) <= MAX_WEIGHT ? Number(value) : undefined;
}).meta({ description: 'share of a server that the stream takes; default 1' });

const INPUTS_EXPECTED = `a list of 1 to ${MAX_INPUTS} source URLs`;
const words = z.strictObject(
  {
    inputs: z
      .array(sourceUrl, { error: INPUTS_EXPECTED })
      .min(1, { error: INPUTS_EXPECTED })
      .max(MAX_INPUTS, { error: INPUTS_EXPECTED })
      .meta({ description: 'source URLs, tried in order' })
      .optional(),
    url: sourceUrl.optional(),
    title: title.optional(),
    dvr: dvr.optional(),
    transcoder: transcoderWords.optional(),
    backup_transcoder: transcoderWords
      .meta({ description: 'in force while a server other than capture_at has the stream' })
      .optional(),
    capture_at: serverName.meta({ description: 'the server that the stream is softly pinned to' }).optional(),
    push: z
      .array(pushUrl, { error: PUSHES_EXPECTED })
      .max(MAX_PUSHES, { error: PUSHES_EXPECTED })
      // Of those that hide their keys it shows when these are back.
      .refine((urls) => isEachOnce(urls.filter((url) => !hidesSecret(url))), { error: PUSHES_EXPECTED })
      .meta({ description: 'where the owner pushes what it captures' })
      .optional(),
    disabled: z.boolean({ error: 'true or false' }).optional(),
    weight: weight.optional(),
    applied_from: z
      .array(serverName, { error: 'a list of server names' })
      .max(MAX_APPLIED_FROM, { error: `at most ${MAX_APPLIED_FROM} server names` })
      .meta({ description: 'servers whose configuration files hold the stream; kept by streamherd' })
      .optional(),
  },
  { error: 'a JSON object like {"url": "rtsp://…"}' },
);

/** What `parseDefinition` accepts. */
export const definitionSchema = words.superRefine((value, context) => {
  if (value.url !== undefined && value.inputs !== undefined) {
    context.addIssue({ code: 'custom', path: ['url'], message: 'either "url" or "inputs", not both' });
  }
  if (value.url === undefined && value.inputs === undefined) {
    context.addIssue({ code: 'custom', path: [], message: 'a source: "inputs" or "url"' });
  }
});

/** The words of a definition, as `stream` blocks and JSON know them. */
export const DEFINITION_WORDS: readonly string[] = Object.keys(words.shape);
export const TRANSCODER_WORDS: readonly string[] = Object.keys(transcoderWords.shape);
const DVR_WORDS: readonly string[] = ['keep', 'max_bytes'];

function wordsAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return DEFINITION_WORDS;
  return path[0] === 'dvr' ? DVR_WORDS : TRANSCODER_WORDS;
}

/** Reads a definition from the text of a KV value or of a request's body. */
export function parseDefinition(text: string): DefinitionResult {
  if (text.length > MAX_DEFINITION_LENGTH) {
    return refused([{ path: '', expected: `at most ${MAX_DEFINITION_LENGTH} characters`, found: `${text.length}` }]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a password.
    return refused([{ path: '', expected: 'a JSON object like {"url": "rtsp://…"}', found: 'text that is not JSON' }]);
  }
  return readDefinition(value);
}

/** Reads a definition from a value that has the shape of its JSON. */
export function readDefinition(value: unknown): DefinitionResult {
  const result = definitionSchema.safeParse(value);
  if (!result.success) {
    return refused(
      result.error.issues.flatMap((issue) => problemsOfIssue(issue, value, wordsAt)).slice(0, MAX_PROBLEMS),
    );
  }
  const read = result.data;
  return {
    ok: true,
    definition: {
      inputs: read.inputs ?? (read.url === undefined ? [] : [read.url]),
      ...(read.title !== undefined && { title: read.title }),
      ...(read.dvr !== undefined && { dvr: read.dvr }),
      ...(read.transcoder !== undefined && { transcoder: profileOf(read.transcoder) }),
      ...(read.backup_transcoder !== undefined && { backupTranscoder: profileOf(read.backup_transcoder) }),
      ...(read.capture_at !== undefined && { captureAt: read.capture_at }),
      ...(read.push !== undefined && read.push.length > 0 && { push: read.push }),
      disabled: read.disabled ?? false,
      weight: read.weight ?? 1,
      appliedFrom: [...new Set(read.applied_from ?? [])].sort(),
    },
  };
}

function refused(problems: readonly DefinitionProblem[]): DefinitionResult {
  return { ok: false, problems };
}

/** The JSON value of `definition`: defaults are left out, words are in one order. */
export function definitionValue(definition: StreamDefinition) {
  const { inputs, title, dvr, transcoder, backupTranscoder, captureAt, push, disabled, weight, appliedFrom } =
    definition;
  return {
    inputs,
    ...(title !== undefined && { title }),
    ...(dvr !== undefined && {
      dvr: {
        ...(dvr.keepMs !== undefined && { keep: printDurationMs(dvr.keepMs) }),
        ...(dvr.maxBytes !== undefined && { max_bytes: printBytes(dvr.maxBytes) }),
      },
    }),
    ...(transcoder !== undefined && { transcoder: wordsOfProfile(transcoder) }),
    ...(backupTranscoder !== undefined && { backup_transcoder: wordsOfProfile(backupTranscoder) }),
    ...(captureAt !== undefined && { capture_at: captureAt }),
    ...(push !== undefined && { push }),
    ...(disabled && { disabled }),
    ...(weight !== 1 && { weight }),
    ...(appliedFrom.length > 0 && { applied_from: [...appliedFrom].sort() }),
  };
}

/** The canonical text of `definition`: equal definitions have equal texts, and `parseDefinition` reads it back. */
export function printDefinition(definition: StreamDefinition): string {
  return JSON.stringify(definitionValue(definition));
}
