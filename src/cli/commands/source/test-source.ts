import { writeFile } from 'node:fs/promises';
import { text as textOfStream } from 'node:stream/consumers';
import { hidesSecret } from '../../../domain/definition/kept-secrets.ts';
import { factsText, type SourceTest } from '../../../domain/definition/source-test.ts';
import { sourceUrlProblem } from '../../../domain/definition/source-url.ts';
import { adviceOf } from '../../../domain/source-failure.ts';
import { systemReason } from '../../../domain/system-error.ts';
import { scrubUrl } from '../../../domain/text/secrets.ts';
import {
  type Command,
  CommandFailure,
  DONE,
  FAILED,
  type Invocation,
  Misuse,
  optionOf,
  SERVER_OPTIONS,
} from '../../command.ts';
import { textOf } from '../../config-file.ts';
import type { Terminal } from '../../terminal.ts';
import { streamName } from '../streams.ts';
import { sourceTesterFor, type TestedSource, type WantedSource } from './source-tester.ts';

const STANDARD_INPUT = '-';

export const testSource: Command = {
  name: 'test-source',
  summary: 'Connect to a source, and say what it sends and what streamherd does with it',
  positionals: [{ name: 'STREAM|URL', optional: true }],
  options: {
    from: { value: 'FILE', summary: 'read the URL from this file' },
    input: { value: 'N', summary: 'only this input of the stream, from 1' },
    picture: { value: 'FILE', summary: 'write its first picture there, as JPEG' },
    ...SERVER_OPTIONS,
  },
  details: [
    'The server connects, looks for 6 s, and does not open what it captures at the moment: cameras allow few connections.',
    'If no server runs here, this command does it by itself, and takes a stream from the configuration file.',
    'A URL with a password is read from standard input ("-") or from a file: every user of this machine can read the',
    'command line. Fails if the source gives nothing, or if nothing was tested.',
  ],
  example: 'test-source rtsp://10.1.1.7/h264 --picture gate.jpg',
  async run(invocation) {
    const { options, terminal } = invocation;
    const wanted = await wantedOf(invocation);
    const input = inputOf(invocation, wanted);
    const tester = await sourceTesterFor(invocation, wanted, (remark) => terminal.complain(remark));
    const sources = tester.sources.filter((_, index) => input === undefined || index === input - 1);
    if (sources.length === 0) throw new CommandFailure(`there is no input ${input}: it has ${tester.sources.length}`);
    const file = optionOf(invocation, 'picture');
    if (file !== undefined && sources.length > 1)
      throw new Misuse(`--picture takes the picture of one source, and there are ${sources.length}: add --input N`);
    const tested: TestedSource[] = [];
    for (const source of sources) {
      const one = await tester.test(source);
      tested.push(one);
      if (!options.has('json')) report(one, terminal);
    }
    const isWritten = file === undefined || (await writePicture(file, tested[0], terminal));
    if (options.has('json')) terminal.printJson({ ...named(wanted), tested: tested.map(factsOf) });
    const results = tested.flatMap(({ result }) => ('refused' in result ? [] : [result]));
    return isWritten && results.length > 0 && results.every(({ ok }) => ok) ? DONE : FAILED;
  },
};

async function wantedOf(invocation: Invocation): Promise<WantedSource> {
  const file = optionOf(invocation, 'from');
  const [given] = invocation.positionals;
  if (given !== undefined && file !== undefined) throw new Misuse('give a stream, a URL, or --from FILE: one of them');
  if (given === undefined && file === undefined)
    throw new Misuse('STREAM|URL is missing; see "streamherd test-source --help"');
  if (file !== undefined || given === STANDARD_INPUT) {
    if (file === undefined && process.stdin.isTTY)
      invocation.terminal.complain('reading the URL from here; Ctrl-D ends it');
    const text = file === undefined ? await textOfStream(process.stdin) : await textOf(file);
    return { url: readUrl(text, file ?? 'standard input') };
  }
  // No name of a stream has a colon in it.
  if (given === undefined || !given.includes(':')) return { stream: streamName(given) };
  if (scrubUrl(given) !== given) {
    const how = 'give it on standard input (streamherd test-source -) or by --from FILE';
    throw new Misuse(`every user of this machine can read a password on the command line: ${how}`);
  }
  const problem = urlProblem(given);
  if (problem !== undefined) throw new Misuse(`the source: ${problem}`);
  return { url: given };
}

function readUrl(text: string, from: string): string {
  const url = text.trim();
  const problem = urlProblem(url);
  if (problem !== undefined) throw new CommandFailure(`${from}: ${problem}`);
  return url;
}

function urlProblem(url: string): string | undefined {
  if (hidesSecret(url)) return 'expected the password itself in place of ***';
  const expected = sourceUrlProblem(url);
  return expected === undefined ? undefined : `expected ${expected}`;
}

function inputOf(invocation: Invocation, wanted: WantedSource): number | undefined {
  const text = optionOf(invocation, 'input');
  if (text === undefined) return undefined;
  if (wanted.stream === undefined) throw new Misuse('--input is for the inputs of a stream, and a URL has none');
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new Misuse(`--input: expected a number from 1 on, found "${text}"`);
  return Number(text);
}

function report({ url, by, tookS, result }: TestedSource, terminal: Terminal): void {
  if ('refused' in result) {
    terminal.complain(`${scrubUrl(url)}: not tested: ${result.refused}`);
    return;
  }
  const how = `tested by ${by === 'server' ? 'the server' : 'this command'} in ${tookS} s`;
  if (!result.ok) {
    const advice = adviceOf(result.failure.message);
    terminal.complain(`${scrubUrl(url)}: ${result.failure.message} (${how})`);
    if (advice !== undefined) terminal.complain(`what to do: ${advice}`);
    return;
  }
  const { firstDataS, says } = result;
  const facts = factsText(result);
  terminal.print(`${scrubUrl(url)}: ${how}${firstDataS === undefined ? '' : `, first data after ${firstDataS} s`}`);
  for (const line of [...(facts === '' ? [] : [facts]), ...says]) terminal.print(`  ${line}`);
}

/** Says whether there was one, and the file is written. */
async function writePicture(file: string, tested: TestedSource | undefined, terminal: Terminal): Promise<boolean> {
  const picture = pictureOf(tested?.result);
  if (picture === undefined) {
    terminal.complain(`${file} is not written: there is no picture`);
    return false;
  }
  try {
    await writeFile(file, Buffer.from(picture, 'base64'));
    return true;
  } catch (error) {
    throw new CommandFailure(`${file} cannot be written: ${systemReason(error)}`, { cause: error });
  }
}

function pictureOf(result: TestedSource['result'] | undefined): string | undefined {
  return result === undefined || 'refused' in result || !result.ok ? undefined : result.picture;
}

function named({ stream }: WantedSource): { readonly stream?: string } {
  return stream === undefined ? {} : { stream };
}

/** For programs. Its picture is a file, if one is wanted. */
function factsOf({ url, by, tookS, result }: TestedSource): object {
  const source = { url: scrubUrl(url), by, tookS };
  if ('refused' in result) return { ...source, ok: false, refused: result.refused };
  return { ...source, ...withoutPicture(result) };
}

function withoutPicture(result: SourceTest): object {
  if (!result.ok) return { ...result, advice: adviceOf(result.failure.message) };
  const { picture: _, ...facts } = result;
  return facts;
}
