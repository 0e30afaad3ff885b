import type { SourceTest } from '../../../domain/definition/source-test.ts';
import type { TranscoderProfile } from '../../../domain/definition/stream-definition.ts';
import { pathOf } from '../../../domain/definition/stream-name.ts';
import { type ApiClient, NothingListens, ServerRefusal } from '../../api-client.ts';
import { CommandFailure, type Invocation, optionOf } from '../../command.ts';
import { DEFAULT_CONFIG_FILE, isMissingFile, namedConfigFile, readConfigFile } from '../../config-file.ts';
import { connect } from '../../connection.ts';

export type WantedSource =
  | { readonly stream: string; readonly url?: undefined }
  | { readonly url: string; readonly stream?: undefined };

/** What became of one source. */
export interface TestedSource {
  readonly url: string;
  readonly by: 'server' | 'command';
  readonly tookS: number;
  readonly result: SourceTest | { readonly refused: string };
}

export interface SourceTester {
  /** All inputs of a stream, or the one URL. A server may show them without their passwords. */
  readonly sources: readonly string[];
  test(url: string): Promise<TestedSource>;
}

/** A test takes up to 20 s, and may wait for six others, of which two run at a time. */
const TEST_WITHIN_MS = 90_000;
const CONFLICT = 409;

/**
 * The server that the command names tests. If none was named by its URL, and nothing listens there, this process does. A server that is
 * merely slow might capture the source, and a second connection could end its capture.
 */
export async function sourceTesterFor(
  invocation: Invocation,
  wanted: WantedSource,
  remark: (text: string) => void,
): Promise<SourceTester> {
  const api = await connect(invocation);
  try {
    return await testerOfServer(api, wanted);
  } catch (error) {
    if (!(error instanceof NothingListens) || isServerNamed(invocation)) throw error;
    const tester = await testerOfCommand(invocation, wanted, error);
    remark(
      'no server runs here: this command connects by itself, and does not ask whether a server captures the source',
    );
    return tester;
  }
}

function isServerNamed(invocation: Invocation): boolean {
  if (optionOf(invocation, 'url') !== undefined) return true;
  return namedConfigFile(invocation) === undefined && Boolean(invocation.env.STREAMHERD_URL);
}

async function testerOfServer(api: ApiClient, { url, stream }: WantedSource): Promise<SourceTester> {
  // What is asked first shows whether it runs.
  const answer = await api.get(stream === undefined ? 'servers' : `streams/${pathOf(stream)}`);
  const sources = stream === undefined ? [url] : inputsOf(answer);
  const ask = async (source: string): Promise<TestedSource['result']> => {
    try {
      const body = { url: source, ...(stream !== undefined && { stream }) };
      return testOf(await api.change('POST', 'sources/test', body, TEST_WITHIN_MS));
    } catch (error) {
      if (!(error instanceof ServerRefusal) || error.status !== CONFLICT) throw error;
      return { refused: error.message };
    }
  };
  return { sources, test: (source) => timed(source, 'server', ask) };
}

async function testerOfCommand(
  invocation: Invocation,
  wanted: WantedSource,
  noServer: CommandFailure,
): Promise<SourceTester> {
  const { inputs, transcoder } =
    wanted.stream === undefined
      ? { inputs: [wanted.url], transcoder: undefined }
      : await definitionInFile(invocation, wanted.stream, noServer);
  // What only this way needs is loaded for it alone.
  const { trySource } = await import('../../../doctor/source-trial.ts');
  const signal = new AbortController().signal;
  return {
    sources: inputs,
    test: (source) => timed(source, 'command', (url) => trySource({ url, transcoder, signal }, invocation.env)),
  };
}

async function definitionInFile(
  invocation: Invocation,
  name: string,
  noServer: CommandFailure,
): Promise<{ readonly inputs: readonly string[]; readonly transcoder?: TranscoderProfile | undefined }> {
  const file = namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
  const config = await readConfigFile(file).catch((error: unknown) => {
    if (isMissingFile(error)) return undefined;
    throw error;
  });
  const found = config?.streams.find((stream) => stream.name === name);
  if (found === undefined) throw new CommandFailure(`${noServer.message}; and ${file} defines no stream ${name}`);
  return found.definition;
}

async function timed(
  url: string,
  by: TestedSource['by'],
  test: (url: string) => Promise<TestedSource['result']>,
): Promise<TestedSource> {
  const beganMs = performance.now();
  const result = await test(url);
  return { url, by, tookS: Math.round((performance.now() - beganMs) / 100) / 10, result };
}

/** @throws CommandFailure when it comes from something else than this project. */
function inputsOf(answer: unknown): readonly string[] {
  const { definition } = answer as { readonly definition?: { readonly inputs?: readonly string[] } };
  if (definition === undefined) throw new CommandFailure('its definition was refused, so it has no inputs');
  if (!Array.isArray(definition.inputs))
    throw new CommandFailure('the server\'s answer has no "inputs": is it another version?');
  return definition.inputs;
}

function testOf(answer: unknown): SourceTest {
  // The rest is trusted to be what the type says: both ends are of this project.
  const test = answer as SourceTest;
  if (typeof test?.ok !== 'boolean')
    throw new CommandFailure('the server\'s answer has no "ok": is it another version?');
  return test;
}
