import * as assert from 'uvu/assert';
import { WardenLine, wardenFd } from '../../src/warden/warden-line.ts';
import { MessageReader, type WardenMessage } from '../../src/warden/warden-message.ts';
import { eventually } from '../support/eventually.ts';
import { socketPair } from '../support/socket-pair.ts';
import { suite } from '../support/suite.ts';

const test = suite('warden/warden-line');

test('a warden that does not read delays nothing, and hears the rest when it reads again', async () => {
  await using pair = await socketPair();
  using line = new WardenLine(pair.left);
  const most = { count: 0, waiting: 0 };
  while (line.waiting === 0) {
    line.tellLease({ type: 'lease', untilMonoMs: most.count, untilWallMs: 0 });
    most.count += 1;
    most.waiting = line.waiting;
  }
  for (let more = 0; more < 1000; more += 1) line.tellLease({ type: 'lease', untilMonoMs: -1, untilWallMs: 0 });
  assert.is(line.waiting, most.waiting, 'leases that could not be sent are not kept');
  line.tell({ type: 'session', session: 'kept' });

  const heard: (WardenMessage | undefined)[] = [];
  const reader = new MessageReader();
  pair.right.setEncoding('utf8').on('data', (text: string) => heard.push(...reader.push(text)));
  await eventually('the last word is heard', () => heard.at(-1)?.type === 'session');
  assert.is(heard.length, most.count + 1);
  assert.not(heard.includes(undefined));
});

test('the end of the warden is known, also to a caller that asks later; a line that the server closes itself does not count as that', async () => {
  await using pair = await socketPair();
  const line = new WardenLine(pair.left);
  pair.right.destroy();
  await eventually('it is closed', () => pair.left.closed);
  await line.gone;
  line.tell({ type: 'session', session: 'after the end' });
  line[Symbol.dispose]();

  await using other = await socketPair();
  const closed = new WardenLine(other.left);
  let gone = 0;
  void closed.gone.then(() => {
    gone += 1;
  });
  closed[Symbol.dispose]();
  await eventually('it is closed', () => other.left.closed);
  assert.is(gone, 0);
});

test('messages may come in pieces, and a line that is no message is recognized', () => {
  const reader = new MessageReader();
  assert.equal(reader.push('{"type":"sess'), []);
  assert.equal(reader.push('ion","session":"a"}\n{"type":"no-lease"}\n{"ty'), [
    { type: 'session', session: 'a' },
    { type: 'no-lease' },
  ]);
  const odd = ['pe":"later"}', 'null', 'no JSON', '{"type":"lease","untilMonoMs":1}', '{"type":"bus","servers":[1]}'];
  assert.equal(
    reader.push(`${odd.join('\n')}\n`),
    odd.map(() => undefined),
  );
});

test('only a process that a warden started has a line', () => {
  assert.is(wardenFd({}), undefined);
  assert.is(wardenFd({ STREAMHERD_WARDEN_FD: 'x' }), undefined);
  assert.is(wardenFd({ STREAMHERD_WARDEN_FD: '3' }), 3);
});

test.run();
