import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import * as assert from 'uvu/assert';
import type { MailReceiver } from '../../src/domain/notify/receiver.ts';
import { mailOf, mailSender } from '../../src/notify/mail.ts';
import { sideBySide } from '../support/side-by-side.ts';
import { STALLED } from '../support/stalled-event.ts';

const test = sideBySide('notify/mail', { atOnce: 8, deadlineMs: 20_000 });

interface Mail {
  readonly from: string | undefined;
  readonly to: readonly string[];
  readonly text: string;
  readonly user: string | undefined;
}

/** A mail server of other people on a free port, without TLS. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...{ disabledCommands: ['STARTTLS'], authOptional: true, allowInsecureAuth: true, logger: false },
    onAuth: ({ username, password }, _session, done) =>
      password === 'p@ss' ? done(null, { user: username }) : done(new Error('wrong')),
    onData: async (stream, { envelope, user }, done) => {
      const { mailFrom, rcptTo } = envelope;
      const from = mailFrom === false ? undefined : mailFrom?.address;
      mails.push({
        from,
        to: rcptTo.map(({ address }) => address),
        text: await text(stream),
        user: user as string | undefined,
      });
      done();
    },
    ...options,
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const { port } = listening.address() as AddressInfo;
  return {
    mails,
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

function senderTo(url: string, withinMs = 5000) {
  const more = { from: 'herd@example.com', to: ['night@example.com', 'day@example.com'], everyMs: 1000 };
  const receiver: MailReceiver = { type: 'mail', name: 'a test', url, kinds: [], ...more };
  return mailSender(receiver, { server: 's1', withinMs });
}

test('several events are one mail, to all, from a user that logs in', async () => {
  await using server = await mailServer();
  const send = senderTo(`smtp://herd%40x:p%40ss@127.0.0.1:${server.port}`);
  assert.equal(await send([STALLED, { ...STALLED, kind: 'bus-lost', why: 'gone' }], 'id1'), { ok: true });
  const [mail] = server.mails;
  assert.equal(
    [mail?.from, mail?.to, mail?.user],
    ['herd@example.com', ['night@example.com', 'day@example.com'], 'herd@x'],
  );
  assert.match(mail?.text ?? '', /^Subject: \[streamherd s1\]: bus-lost cam1 and 1 more\r$/m);
  assert.match(mail?.text ?? '', /^Message-ID: <id1@example\.com>\r$/im);
  assert.match(mail?.text ?? '', /^2026-11-22T06:00:00.000Z {2}stream-stalled {2}cam1: no data\r$/m);
});

test('a wrong password, and a refused sender: only what concerns the mail itself is for good', async () => {
  await using server = await mailServer();
  const wrong = await senderTo(`smtp://herd:nope1234@127.0.0.1:${server.port}`)([STALLED], 'id1');
  assert.equal(wrong, { ok: false, why: 'it answers 535', isFinal: false });
  await using strict = await mailServer({ onMailFrom: (_address, _session, done) => done(new Error('not you')) });
  const refused = await senderTo(`smtp://127.0.0.1:${strict.port}`)([STALLED], 'id1');
  assert.equal(refused, { ok: false, why: 'it answers 550', isFinal: true });
  assert.is(server.mails.length + strict.mails.length, 0);
});

test('a password never leaves this machine in clear text', async () => {
  // Not 127.0.0.1 by its looks, and still reached here: what is not the local host has to speak TLS.
  await using server = await mailServer();
  const outcome = await senderTo(`smtp://herd:p%40ss@0.0.0.0:${server.port}`)([STALLED], 'id1');
  assert.is(outcome.ok, false);
  assert.is(server.mails.length, 0);
});

for (const [what, said] of [
  ['says nothing', ''],
  ['greets without end', '220-x\r\n'.repeat(100_000)],
  ['speaks HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
] as const) {
  test(`a mail server that ${what} is given up in time, and its connection is closed`, async () => {
    let closed = () => {};
    const ended = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = createServer((socket) => {
      socket.on('error', () => undefined).on('close', closed);
      socket.resume();
      socket.write(said);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const outcome = await senderTo(`smtp://127.0.0.1:${port}`, 400)([STALLED], 'id1');
    assert.is(outcome.ok, false);
    await ended;
    await new Promise((resolve) => server.close(resolve));
  });
}

test('a mail server that sends a word now and then is given up all the same', async () => {
  const server = createServer((socket) => {
    const timer = setInterval(() => socket.write('220-wait\r\n'), 20);
    socket.on('error', () => undefined).on('close', () => clearInterval(timer));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const outcome = await senderTo(`smtp://127.0.0.1:${port}`, 300)([STALLED], 'id1');
  assert.equal(outcome, { ok: false, why: 'it did not take the mail within 0.3 s' });
  await new Promise((resolve) => server.close(resolve));
});

test('a name that is none is said without the address', async () => {
  const outcome = await senderTo('smtp://no-such-host.invalid')([STALLED], 'id1');
  assert.match(outcome.ok ? '' : outcome.why, /^(?:there is no such host|the name of the host cannot be looked up)$/);
});

test('no word of an event becomes a line of its own, in the subject or in the text', () => {
  const { subject, text: body } = mailOf('s1', [{ ...STALLED, stream: 'cam\r\nBcc: x@y', why: 'a\nb' }]);
  assert.not.match(subject, /[\r\n]/);
  assert.is(body.split('\r\n').filter((line) => line.includes('Bcc')).length, 1);
  assert.not.match(body.replaceAll('\r\n', ''), /[\r\n]/);
});

test.run();
