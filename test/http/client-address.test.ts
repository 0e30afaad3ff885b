import * as assert from 'uvu/assert';
import { TrustedProxies } from '../../src/http/client-address.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/client-address');

const proxies = new TrustedProxies(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

function clientOf(remoteAddress: string, forwardedFor?: string, trusted = proxies): string {
  const header = (name: string) => (name === 'x-forwarded-for' ? forwardedFor : undefined);
  return trusted.clientOf({ remoteAddress, header });
}

test('without a trusted proxy no header counts', () => {
  assert.is(clientOf('203.0.113.9', '1.2.3.4'), '203.0.113.9');
  assert.is(clientOf('127.0.0.1', '1.2.3.4', new TrustedProxies([])), '127.0.0.1');
});

test('behind a trusted proxy the address that the proxy wrote counts, not those that the client wrote before it', () => {
  assert.is(clientOf('127.0.0.1', '203.0.113.9'), '203.0.113.9');
  assert.is(clientOf('::ffff:127.0.0.1', '1.2.3.4, 203.0.113.9'), '203.0.113.9');
  assert.is(clientOf('127.0.0.1', '1.2.3.4, 203.0.113.9, 10.1.1.1'), '203.0.113.9');
  assert.is(clientOf('fd00::1', '[2001:db8::7]:4711'), '2001:db8::7');
  assert.is(clientOf('127.0.0.1', '203.0.113.9:4711'), '203.0.113.9');
  assert.is(clientOf('127.0.0.1', '::ffff:203.0.113.9'), '203.0.113.9');
});

test('without a valid address the last known proxy counts as the client', () => {
  assert.is(clientOf('127.0.0.1'), '127.0.0.1');
  assert.is(clientOf('127.0.0.1', 'unknown'), '127.0.0.1');
  assert.is(clientOf('127.0.0.1', '203.0.113.9, <script>, 10.1.1.1'), '10.1.1.1');
  assert.is(clientOf('127.0.0.1', '10.1.1.1, 10.2.2.2'), '10.1.1.1');
});

test('the client’s own request line counts only from a trusted proxy', () => {
  const asked = (remoteAddress: string) =>
    proxies.originOf({
      remoteAddress,
      header: (name) =>
        ({ host: 's01:8080', 'x-forwarded-host': 'evil.example, Herd.Example', 'x-forwarded-proto': 'https' })[name],
    });
  assert.is(asked('127.0.0.1'), 'https://herd.example');
  assert.is(asked('203.0.113.9'), 'http://s01:8080');
});

test.run();
