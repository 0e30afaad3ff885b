import { z } from 'zod';
import { definitionValue, MAX_INPUTS } from '../../../../domain/definition/stream-definition-schema.ts';
import { parseStreamName, type StreamName } from '../../../../domain/definition/stream-name.ts';
import { streamDefinitionSchema } from '../../answers.ts';
import { type ApiParts, type App, badRequest, jsonObject } from '../../app.ts';
import type { HerdApi, StreamDetail } from '../../herd-api.ts';
import { answer, describedChange } from '../../openapi.ts';
import { consequencesOf, type DefinitionChange } from '../consequences.ts';
import { shownDefinition, wholeDefinition } from '../whole-definition.ts';
import { type CellProblem, cellsOf, columnsOf, headerOf, streamOfLine } from './csv-streams.ts';
import { type CsvLine, MAX_CSV_LINES, parseCsv, printCsv } from './csv-table.ts';

const lineSchema = z.object({
  line: z.int().min(1),
  stream: z.string(),
  action: z.enum(['create', 'update', 'leave', 'refuse']),
  consequences: z.array(z.string()),
  problems: z.array(z.object({ column: z.string(), why: z.string() })),
  revision: z.int().min(0).meta({ description: 'Of the stream as it is now; 0: there is none.' }),
  definition: streamDefinitionSchema.meta({ description: 'To be published.' }).exactOptional(),
});
export const csvCheckedSchema = z.object({ lines: z.array(lineSchema) }).meta({ id: 'CsvChecked' });
const csvSchema = z.object({ csv: z.string() }).meta({ id: 'Csv' });

/** What a line of a table would change. */
export interface CheckedLine {
  /** From 1: the header. */
  readonly line: number;
  readonly stream: string;
  readonly action: DefinitionChange['action'] | 'refuse';
  readonly consequences: readonly string[];
  readonly problems: readonly CellProblem[];
  readonly revision: number;
  readonly definition?: ReturnType<typeof definitionValue>;
}

/** The thread answers others between so many lines. */
const LINES_AT_ONCE = 50;

export function addCsv(app: App, parts: ApiParts): void {
  addCsvCheck(app, parts);
  addCsvExport(app, parts);
}

function addCsvCheck(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/check/csv',
    describedChange({
      summary: 'Say of each line of a CSV table of streams what it would change',
      description:
        `The header has words of a definition, several "input" columns if there are several inputs; at most ${MAX_CSV_LINES} lines. A column that ` +
        'is not there leaves its word as it is. Nothing is changed: publish the definition of each line that is wanted, with its revision.',
      body: csvSchema,
      responses: { 200: answer('What each line would change.', csvCheckedSchema) },
    }),
    door.editors,
    async (context) => {
      const csv = jsonObject(await context.req.text())?.csv;
      if (typeof csv !== 'string')
        return badRequest(context, 'expected a body like {"csv": "stream,input\\ncam01,rtsp://…"}');
      const table = parseCsv(csv);
      if (!table.ok) return badRequest(context, table.why);
      const columns = columnsOf(table.header);
      if (typeof columns === 'string') return badRequest(context, columns);
      const { signal } = context.req.raw;
      const lines: CheckedLine[] = [];
      const seen = new Map<string, number>();
      for (const line of table.lines) {
        lines.push(checkedLine(line, columns, herd, seen));
        if (lines.length % LINES_AT_ONCE === 0) await new Promise(setImmediate);
        signal.throwIfAborted();
      }
      return context.json({ lines });
    },
  );
}

/** `seen`: the lines of the names so far. */
function checkedLine(line: CsvLine, columns: readonly string[], herd: HerdApi, seen: Map<string, number>): CheckedLine {
  const detailOf = (text: string): StreamDetail | undefined => {
    const name = parseStreamName(text);
    return name && herd.stream(name);
  };
  const read = streamOfLine(line, columns, (text) => {
    // What is not in the table is told to the page, too.
    const earlier = detailOf(text)?.definition;
    return earlier && shownDefinition(earlier);
  });
  const refused = (stream: string, problems: readonly CellProblem[]): CheckedLine => {
    return { line: line.line, stream, action: 'refuse', consequences: [], problems, revision: 0 };
  };
  if (!read.ok) return refused(read.stream, read.problems);
  const { name, definition } = read;
  const earlier = seen.get(name);
  if (earlier !== undefined)
    return refused(name, [{ column: 'stream', why: `expected ${name} once: line ${earlier} has it` }]);
  seen.set(name, line.line);
  const before = detailOf(name);
  const whole = wholeDefinition(definition, before);
  if (!whole.ok) return refused(name, [{ column: 'input', why: whole.error }]);
  const { action, consequences } = consequencesOf(before, whole.definition);
  return {
    ...{ line: line.line, stream: name, action, consequences, problems: [] },
    revision: before?.revision ?? 0,
    definition: definitionValue(definition),
  };
}

function addCsvExport(app: App, { herd, door }: ApiParts): void {
  app.get(
    '/api/v1/streams.csv',
    describedChange({
      summary: 'All streams as a CSV table, without secrets',
      description:
        'For users, also where strangers may see the rest of the API. The table can be changed and checked again: inputs keep their passwords.',
      responses: { 200: answer('The table.', z.string(), 'text/csv') },
    }),
    door.players,
    (context) => {
      context.header('Content-Type', 'text/csv; charset=utf-8');
      context.header('Content-Disposition', 'attachment; filename="streams.csv"');
      return context.body(csvOf(herd));
    },
  );
}

function csvOf(herd: HerdApi): string {
  const { streams } = herd.page(Number.POSITIVE_INFINITY);
  const defined = streams.flatMap(({ name }) => {
    const definition = herd.stream(name as StreamName)?.definition; // the herd's own names
    return definition === undefined ? [] : [{ name, definition }];
  });
  const inputColumns = Math.min(MAX_INPUTS, Math.max(1, ...defined.map(({ definition }) => definition.inputs.length)));
  return printCsv(
    headerOf(inputColumns),
    defined.map(({ name, definition }) => cellsOf(name, shownDefinition(definition), inputColumns)),
  );
}
