import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { isOwnConnection, userOf } from '../../../src/actors/ffmpeg/own-connection.ts';
import { suite } from '../../support/suite.ts';

const test = suite('actors/ffmpeg/own-connection');
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:9C40 0100007F:B4FF 01 00000000:00000000 00:00000000 00000000  1000        0 26511 1 0000000000000000 20 4 30 10 -1
   1: 0100007F:B4FF 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     7        0 26512 1 0000000000000000 20 4 30 10 -1
`;

test('the table tells whose each end is', () => {
  assert.is(userOf(TABLE, { from: 0x9c40, to: 0xb4ff }), 1000);
  assert.is(userOf(TABLE, { from: 0xb4ff, to: 0x9c40 }), 7);
  assert.is(userOf(TABLE, { from: 0x9c40, to: 80 }), undefined);
  assert.is(userOf('', { from: 0x9c40, to: 0xb4ff }), undefined);
});

test('a connection of this process is its own, one that is not there is nobody’s', async () => {
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
