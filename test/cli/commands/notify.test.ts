import * as assert from 'uvu/assert';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/commands/notify');

const well = { receiver: 'https://chat.example.com', ok: true, why: 'it took the event' };
const broken = { receiver: 'smtp://mail', ok: false, why: 'it answers 535' };

test('each receiver with its result; one that failed is a failure', async () => {
  const answers = [{ body: { trials: [well, broken] } }, { body: { trials: [well] } }];
  await using server = await apiServer({ 'POST notify/test': answers });
  const failed = await streamherdHere(['notify', '--test', '--url', server.url]);
  assert.is(failed.code, 1);
  assert.match(failed.out, /chat\.example\.com +ok +it took the event\nsmtp:\/\/mail +failed +it answers 535$/);
  assert.is((await streamherdHere(['notify', '--test', '--url', server.url])).code, 0);
});

test('without --test it says what is missing, and asks nothing', async () => {
  const { code, err } = await streamherdHere(['notify']);
  assert.is(code, 2);
  assert.match(err, '"streamherd notify --test" tries each receiver');
});

test.run();
