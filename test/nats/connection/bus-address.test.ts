import * as assert from 'uvu/assert';
import { parseBusAddresses } from '../../../src/nats/connection/bus-address.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/connection/bus-address');

const parse = (url: string) => parseBusAddresses([url])[0];

test('reads hosts, ports and credentials', () => {
  assert.equal(parse('nats://10.0.0.1:4223'), { host: '10.0.0.1:4223', tls: false });
  assert.equal(parse('bus.example.com'), { host: 'bus.example.com:4222', tls: false });
  assert.equal(parse('nats://bus:80'), { host: 'bus:80', tls: false });
  assert.equal(parse('tls://u:1%402x@bus'), { host: 'bus:4222', tls: true, user: 'u', password: '1@2x' });
  assert.equal(parse('nats://t0ken@bus:4222'), { host: 'bus:4222', tls: false, token: 't0ken' });
  assert.equal(parse('nats://[::1]:4222'), { host: '[::1]:4222', tls: false });
});

test('a text that is no address is refused, without showing credentials', () => {
  for (const url of ['http://u:secret@bus', 'nats://', 'nats://u:secret@b us', 'nats://u:secret@bus:99999']) {
    let message = '';
    try {
      parse(url);
    } catch (error) {
      message = (error as Error).message;
    }
    assert.match(message, 'expected a NATS address', url);
    assert.not.match(message, 'secret');
  }
  assert.throws(() => parseBusAddresses([]), 'at least one');
});

test.run();
