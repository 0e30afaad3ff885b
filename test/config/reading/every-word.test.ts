import * as assert from 'uvu/assert';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { configFixture, configOf } from '../../support/config-text.ts';
import { suite } from '../../support/suite.ts';

const test = suite('config/reading/every-word');

test('every word', () => {
  const config = configOf(configFixture('every-word.conf'));
  assert.equal(
    { ...config, streams: [], peers: [], notify: [] },
    {
      serverName: 's01.myhosting.com',
      http: { port: 8080 },
      https: { address: '10.0.0.1', port: 8443, certFile: '/etc/tls.crt', keyFile: '/etc/tls.key' },
      beats: { address: '10.0.0.1', port: 9080 },
      publicUrl: 'http://s01.myhosting.com:8080',
      peerUrl: 'http://10.0.0.1:8080',
      nats: ['nats://10.0.0.1:4222', 'nats://10.0.0.2:4222'],
      dataDir: '/var/lib/streamherd',
      liveDir: '/run/streamherd',
      archive: {
        roots: [
          { path: '/disk1', reserve: 0.1 },
          { path: '/disk2', reserve: 0.05 },
        ],
        syncMs: 5000,
        verifyMs: null,
        onPack: ['rclone', 'copyto', '{media}', 'tapes:{name}.ts'],
      },
      archiveReturn: {
        rateBytes: 200 * 1024 * 1024,
        hours: [{ fromMinute: 1320, untilMinute: 360 }],
        graceMs: 1_800_000,
        adoptMs: null,
      },
      clusterKey: 'h7Qk2vXw9LmT4sPz81Bd',
      access: {
        users: [
          { name: 'admin', password: 'correct-horse', role: 'edit' },
          {
            name: 'anna',
            password: 'scrypt$32768$8$1$FnW8Jx2c2mUm8r4C2bTjWA$5dwN5bYpVt8mK2tq0c8b8XoQq1N2m2m3vZk3Q8b0x1E',
            role: 'view',
          },
          { name: 'guest', password: 'battery-staple', role: 'view' },
        ],
        viewAuth: true,
        trustedProxies: ['127.0.0.1', '10.0.0.0/8'],
        play: {
          tokenKeys: ['Jk3mQ8vR2xW7zP5tY1nB', 'Ht6sL0dF4gK9cV2bN8mX'],
          onPlay: 'http://10.0.0.5/may-play?site=1',
        },
      },
      ...{ peers: [], capacity: 2, streamMetrics: 1000 },
      times: DEFAULT_TIMES,
      live: { segmentMs: 2000, window: 10, lowLatency: true },
      ...{ log: { format: 'json', level: 'warn', levels: { nats: 'debug' } }, notify: [] },
      streams: [],
    },
  );
  assert.equal(config.peers[2], {
    name: 's03.myhosting.com',
    port: 8080,
    publicUrl: 'https://cdn3.myhosting.com',
    peerUrl: 'http://10.0.0.3:8080',
  });
  assert.equal(config.streams, [
    {
      name: 'gates/cam01',
      position: { line: 26, column: 1 },
      definition: {
        inputs: ['rtsp://user:pa%20ss@10.1.1.7/h264#main', 'rtsp://10.1.1.8/h264'],
        title: 'Gate 3; "north"',
        dvr: { keepMs: 604_800_000, maxBytes: 107_374_182_400 },
        transcoder: {
          video: 'h264',
          videoKbps: 2048,
          size: { width: 1280, height: 720 },
          fps: 25,
          gop: 50,
          preset: 'veryfast',
          audio: 'aac',
          audioKbps: 128,
        },
        backupTranscoder: { video: 'h264', videoKbps: 512, size: { width: 640, height: 360 }, audio: 'none' },
        captureAt: 's01.myhosting.com',
        disabled: true,
        weight: 2.5,
        appliedFrom: [],
      },
    },
  ]);
});

test.run();
