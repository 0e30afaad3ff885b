import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { isOwnConnection, userOf, WaitingRoom } from '../../../src/actors/ffmpeg/waiting-room.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('actors/ffmpeg/waiting-room');
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:9C40 0100007F:B4FF 01 00000000:00000000 00:00000000 00000000  1000        0 26511 1 0000000000000000 20 4 30 10 -1
   1: 0100007F:B4FF 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     7        0 26512 1 0000000000000000 20 4 30 10 -1
`;
const SOURCE = 'rtsp://user:secret@camera/live';

interface Caller extends AsyncDisposable {
  heard(): string;
  readonly ended: () => boolean;
}

async function call(url: string, request = 'OPTIONS'): Promise<Caller> {
  const { hostname, port } = new URL(url.replace('rtsp:', 'http:'));
  const socket: Socket = connect(Number(port), hostname);
  let text = '';
  let ended = false;
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += String(chunk);
  });
  socket
    .on('error', () => undefined)
    .on('close', () => {
      ended = true;
    });
  await once(socket, 'connect');
  socket.write(`${request} ${url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
  return {
    heard: () => text,
    ended: () => ended,
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  };
}

test('an invited spare waits, gets a sign of life, and is then told its source', async () => {
  await using room = await WaitingRoom.open(40);
  let calls = 0;
  using invitation = room.invite(() => {
    calls += 1;
  });
  assert.throws(() => invitation.send(SOURCE), 'no caller waits');
  await using caller = await call(invitation.url);
  await eventually('called', () => calls === 1);
  await eventually('a sign of life', () => caller.heard().startsWith('$\0\0\0'));
  assert.not.match(caller.heard(), 'RTSP');
  invitation.send(SOURCE);
  await eventually('the answer, and the end', () => caller.ended());
  assert.match(caller.heard(), `Location: ${SOURCE}\r\n\r\n`);
  assert.throws(() => {
    invitation.send(SOURCE);
    invitation.send(SOURCE);
  });
});

test('an address serves one caller; other callers are sent away and told nothing', async () => {
  await using room = await WaitingRoom.open(10_000);
  let calls = 0;
  using invitation = room.invite(() => {
    calls += 1;
  });
  await using stranger = await call(invitation.url.replace(/[0-9a-f]+$/, '0000'));
  await eventually('the stranger is gone', () => stranger.ended());
  await using confused = await call(invitation.url, 'DESCRIBE');
  await eventually('the connection with another request is gone', () => confused.ended());
  await using first = await call(invitation.url);
  await eventually('called', () => calls === 1);
  await using second = await call(invitation.url);
  await eventually('the second is gone', () => second.ended());
  invitation.send(SOURCE);
  await eventually('the first is answered', () => first.heard().includes(SOURCE));
  await using late = await call(invitation.url);
  await eventually('the late one is gone', () => late.ended());
  assert.is(calls, 1);
  for (const other of [stranger, confused, second, late]) assert.is(other.heard(), '');
});

test('after an invitation is withdrawn, or the room is closed, no caller is left waiting', async () => {
  await using room = await WaitingRoom.open(10_000);
  let calls = 0;
  const invite = () =>
    room.invite(() => {
      calls += 1;
    });
  const withdrawn = invite();
  await using first = await call(withdrawn.url);
  await eventually('called', () => calls === 1);
  withdrawn[Symbol.dispose]();
  await eventually('gone', () => first.ended());
  using invitation = invite();
  await using second = await call(invitation.url);
  await eventually('called', () => calls === 2);
  await room[Symbol.asyncDispose]();
  await eventually('gone too', () => second.ended());
});

test('the kernel’s table tells which user owns each end of a connection', () => {
  assert.is(userOf(TABLE, { from: 0x9c40, to: 0xb4ff }), 1000);
  assert.is(userOf(TABLE, { from: 0xb4ff, to: 0x9c40 }), 7);
  assert.is(userOf(TABLE, { from: 0x9c40, to: 80 }), undefined);
  assert.is(userOf('', { from: 0x9c40, to: 0xb4ff }), undefined);
});

test('a connection of this process belongs to its user; a connection that is not there belongs to no user', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [{ remotePort: number; destroy(): void }];
  try {
    assert.is(await isOwnConnection({ from: far.remotePort, to: port }), true);
    assert.is(await isOwnConnection({ from: 1, to: port }), false);
  } finally {
    socket.destroy();
    far.destroy();
    server.close();
  }
});

test.run();
