import * as assert from 'uvu/assert';
import { normalAddress, parseCameraHost } from '../../../src/domain/cameras/camera-host.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/cameras/camera-host');

test('addresses with and without a port are read', () => {
  for (const [text, host] of [
    ['10.1.1.7', { address: '10.1.1.7' }],
    ['10.1.1.7:8080', { address: '10.1.1.7', port: 8080 }],
    ['FD00:0:0::7', { address: 'fd00::7' }],
    ['[fd00::7]', { address: 'fd00::7' }],
    ['[fd00::7]:81', { address: 'fd00::7', port: 81 }],
  ] as const) {
    assert.equal(parseCameraHost(text), host, text);
  }
});

test('names, networks, many hosts, no host, and numbers in other ways of writing are refused', () => {
  for (const text of [
    ...[
      '',
      'camera',
      'camera.local',
      'localhost:80',
      '10.1.1',
      '10.1.1.0/24',
      '010.1.1.7',
      '0x0a.1.1.7',
      '10.1.1.256',
      '167837959',
    ],
    ...[
      '0.0.0.0',
      '224.0.0.1',
      '239.255.255.250',
      '255.255.255.255',
      '::',
      'ff02::c',
      '::ffff:10.1.1.7',
      'fe80::1%eth0',
    ],
    ...[
      '10.1.1.7:0',
      '10.1.1.7:65536',
      '10.1.1.7:',
      '10.1.1.7:80:80',
      '[fd00::7',
      'http://10.1.1.7',
      '10.1.1.7/x',
      ' 10.1.1.7',
      '1'.repeat(99),
    ],
  ]) {
    assert.is(parseCameraHost(text), undefined, text);
  }
  assert.equal(
    [normalAddress('::FFFF'), normalAddress('x'), normalAddress('10.1.1.7@x')],
    ['::ffff', undefined, undefined],
  );
});

test.run();
