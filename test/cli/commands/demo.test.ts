import * as assert from 'uvu/assert';
import { readCommandLine } from '../../../src/cli/command-line.ts';
import { demo, demoOptions } from '../../../src/cli/commands/demo.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/commands/demo');

function optionsOf(...argv: string[]) {
  const request = readCommandLine(['demo', ...argv], [demo]);
  return request.kind === 'run' ? demoOptions({ ...request.given } as Parameters<typeof demoOptions>[0]) : request;
}

test('options and their defaults', () => {
  assert.equal(optionsOf(), { servers: 3, cameras: 6, port: undefined, seconds: undefined });
  assert.equal(optionsOf('--servers', '4', '--cameras=12', '--port', '9000', '--seconds', '30'), {
    ...{ servers: 4, cameras: 12, port: 9000, seconds: 30 },
  });
});

test('a wrong option is told with what was expected, and the help names them all', async () => {
  const ended = await streamherdHere(['demo', '--servers', '10']);
  assert.equal(ended, {
    code: 2,
    out: '',
    err: 'streamherd: --servers: expected a whole number from 1 to 9, found "10"',
  });
  for (const argv of [['--camera', '3'], ['--cameras', '1.5'], ['--seconds=-1'], ['what']]) {
    assert.is((await streamherdHere(['demo', ...argv])).code, 2, argv.join(' '));
  }
  const { out } = await streamherdHere(['demo', '--help']);
  for (const name of ['servers', 'cameras', 'port', 'seconds']) assert.match(out, `--${name}`);
});

test.run();
