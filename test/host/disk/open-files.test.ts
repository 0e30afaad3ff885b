import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { MOST_SOCKETS, openFilesLimit, openFilesRemark, strangersSockets } from '../../../src/host/disk/open-files.ts';
import { Clients } from '../../../src/http/clients.ts';
import { suite } from '../../support/suite.ts';

const test = suite('host/disk/open-files');

/** The other open files of a server with some streams. */
const KEPT = 160;

test('strangers never get the open files that captures and control need; with a high limit they get all that are left for them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 256, max: 2_000_000 }), (limit) => {
      const { clients, beats } = strangersSockets(limit);
      assert.ok(clients > 0 && beats > 0);
      assert.ok(clients + beats <= limit - KEPT, `${clients} and ${beats} of ${limit}`);
      assert.ok(clients + beats <= limit / 2 || limit <= 2 * KEPT || limit > 8192, 'half of it is kept');
      const more = strangersSockets(limit + 100);
      assert.ok(more.clients >= clients && more.beats >= beats);
      assert.is(openFilesRemark(limit) === undefined, clients === MOST_SOCKETS.clients && beats === MOST_SOCKETS.beats);
    }),
  );
  assert.equal(strangersSockets(16_384), MOST_SOCKETS);
  assert.equal(strangersSockets(Number.POSITIVE_INFINITY), MOST_SOCKETS);
  assert.equal(strangersSockets(256), { clients: 84, beats: 12 });
  assert.equal(strangersSockets(20), { clients: 8, beats: 8 });
});

test('the limit is what the kernel says of this process', () => {
  assert.ok(openFilesLimit() > 100);
  assert.is(
    openFilesLimit('Max processes  12 12 processes\nMax open files            256        512      files\n'),
    256,
  );
  assert.is(openFilesLimit('Max open files            unlimited        unlimited      files\n'), Infinity);
});

test('if there are few sockets, one client gets a quarter of them', () => {
  const clients = new Clients([], 84);
  const taken = (address: string) => {
    let count = 0;
    while (clients.take('connections', address) !== undefined) count += 1;
    return count;
  };
  assert.equal(
    ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'].map((address) => taken(address)),
    [21, 21, 21, 21, 0],
  );
});

test.run();
