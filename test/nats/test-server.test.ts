import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { dyingWithParent } from '../support/dying-with-parent.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('nats/test-server');
const HOLDER = fileURLToPath(new URL('../fixtures/nats-holder.js', import.meta.url));
const TITLE = 'the nats-server of a test that is killed dies with it';

if (dyingWithParent('KILL').length === 0) test.skip(TITLE, 'no setpriv that knows --pdeathsig');
else
  test(TITLE, async () => {
    // The killed one cannot remove its own.
    await using folder = await tempFolder();
    const holder = spawn(process.execPath, [HOLDER], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder.path },
    });
    const [line] = await once(holder.stdout.setEncoding('utf8'), 'data');
    const monitorUrl = String(line).trim();
    await fetch(`${monitorUrl}/varz`);
    holder.kill('SIGKILL');
    await eventually('no server answers', () =>
      fetch(`${monitorUrl}/varz`).then(
        () => false,
        () => true,
      ),
    );
  });

test.run();
