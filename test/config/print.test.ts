import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Config } from '../../src/config/config.ts';
import { printConfig } from '../../src/config/print.ts';
import { LOG_LEVELS } from '../../src/domain/log.ts';
import { kindsOf } from '../../src/domain/notify/event-choice.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { configOf } from '../support/config-text.ts';
import { definitions, serverNames, streamNames } from '../support/definitions.ts';
import '../support/fixed-seed.ts';
import { suite } from '../support/suite.ts';

const test = suite('config/print');

/** Where a stream stands is no part of what the file says. */
function withoutPositions(config: Config) {
  return { ...config, streams: config.streams.map(({ name, definition }) => ({ name, definition })) };
}

const ports = fc.integer({ min: 1, max: 65_535 });
const webUrls = fc
  .webUrl({ withQueryParameters: false, withFragments: false, validSchemes: ['http', 'https'] })
  .map((url) => {
    return url.replace(/\/+$/, '');
  })
  .filter((url) => !url.includes('@'));
const secretsOf = (minLength: number) =>
  fc.string({ unit: 'grapheme', minLength, maxLength: 20 }).filter((text) => !/[^\P{Cc}\n\t]/u.test(text));
const secrets = secretsOf(1);
const passwords = secretsOf(8);

const peers = fc.uniqueArray(
  fc.record(
    { name: serverNames, peerUrl: webUrls, port: ports, publicUrl: webUrls },
    { requiredKeys: ['name', 'peerUrl'], noNullPrototype: true },
  ),
  { maxLength: 3, selector: ({ name }) => name },
);

const streams = fc.uniqueArray(
  fc.record(
    { name: streamNames, definition: definitions.map((definition) => ({ ...definition, appliedFrom: [] })) },
    { noNullPrototype: true },
  ),
  { maxLength: 3, selector: ({ name }) => name },
);

const configs = fc.record(
  {
    serverName: serverNames,
    http: fc.oneof(
      ports.map((port) => ({ port })),
      ports.map((port) => ({ address: '10.0.0.1', port })),
      ports.map((port) => ({ address: '2001:db8::1', port })),
    ),
    https: fc.constantFrom({ address: '10.0.0.1', port: 443, certFile: '/etc/a b.crt', keyFile: '/etc/a.key' }),
    beats: fc.constantFrom({ port: 0 }, { address: '10.0.0.1', port: 9080 }),
    publicUrl: webUrls,
    peerUrl: webUrls,
    nats: fc.constantFrom(undefined, ['nats://u:p@10.0.0.1:4222'], ['tls://a:1', 'nats://b:2']),
    dataDir: fc.stringMatching(/^\/[a-zA-Z0-9 ;{}"'#/.\\-]{0,12}$/),
    clusterKey: secrets,
    access: fc.record(
      {
        users: fc.uniqueArray(
          fc.record(
            {
              name: secrets.filter((text) => !text.includes(':')),
              password: fc.oneof(passwords, fc.constant(`scrypt$1024$8$1$${'QUJD'.repeat(4)}$${'QUJD'.repeat(8)}`)),
              role: fc.constantFrom('view' as const, 'edit' as const),
            },
            { noNullPrototype: true },
          ),
          { minLength: 1, maxLength: 3, selector: ({ name }) => name },
        ),
        viewAuth: fc.boolean(),
        trustedProxies: fc.constantFrom([], ['127.0.0.1', '2001:db8::/32']),
        play: fc.constantFrom(
          { tokenKeys: [] },
          { tokenKeys: ['a "b" {c}; aaaaaaaaaaaaaaaa', 'h7Qk2vXw9LmT4sPz81Bd'], onPlay: 'http://u:p@backend/x?y=1' },
        ),
      },
      { noNullPrototype: true },
    ),
    peers,
    capacity: fc.integer({ min: 1, max: 1_000_000 }).map((value) => value / 1000),
    streamMetrics: fc.integer({ min: 0, max: 50_000 }),
    times: fc.constantFrom(DEFAULT_TIMES, { ...DEFAULT_TIMES, sourceTimeoutMs: 12_345, rideMs: 60_000 }),
    live: fc.record(
      {
        segmentMs: fc.integer({ min: 500, max: 20_000 }),
        window: fc.integer({ min: 3, max: 60 }),
        lowLatency: fc.boolean(),
      },
      { noNullPrototype: true },
    ),
    log: fc.record(
      {
        format: fc.constantFrom('text' as const, 'json' as const),
        level: fc.constantFrom(...LOG_LEVELS),
        levels: fc.constantFrom({}, { nats: 'debug' as const }, { herd: 'warn' as const, media: 'error' as const }),
      },
      { noNullPrototype: true },
    ),
    notify: fc.constantFrom(
      [],
      [
        {
          type: 'webhook' as const,
          name: 'https://h.example.com:8443',
          url: 'https://u:p@h.example.com:8443/x;y?z',
          kinds: kindsOf('lost'),
        },
        {
          type: 'webhook' as const,
          name: 'http://h',
          url: 'http://h/',
          secret: 'a "quoted" secret; of words',
          kinds: kindsOf('all'),
        },
        {
          ...{
            type: 'mail' as const,
            name: 'smtp://mail:587',
            url: 'smtp://u%40x:p@mail:587',
            kinds: kindsOf('warnings'),
          },
          ...{ from: 'a@b.example', to: ['c@d', 'e@f'], everyMs: 90_000 },
        },
      ],
    ),
    liveDir: fc.constantFrom('/run/live', '/mnt/my disk/live'),
    archive: fc.record(
      {
        roots: fc.constantFrom(
          [],
          [
            { path: '/disk1', reserve: 0.05 },
            { path: '/mnt/my disk', reserve: 0.1234 },
          ],
        ),
        syncMs: fc.integer({ min: 1000, max: 300_000 }),
        verifyMs: fc.constantFrom(null, 86_400_000, 30 * 86_400_000),
        onPack: fc.constantFrom(['true'], ['rclone', 'copyto', '{media}', 'tapes:{name} "x".ts']),
      },
      { requiredKeys: ['roots', 'syncMs', 'verifyMs'], noNullPrototype: true },
    ),
    archiveReturn: fc.record(
      {
        rateBytes: fc.constantFrom(100 * 1024, 123_457, 200 * 1024 * 1024),
        hours: fc.array(
          fc
            .tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 1440 }))
            .filter(([from, until]) => from !== until)
            .map(([fromMinute, untilMinute]) => ({ fromMinute, untilMinute })),
          { maxLength: 12 },
        ),
        graceMs: fc.integer({ min: 1000, max: 30 * 86_400_000 }),
        adoptMs: fc.constantFrom(null, 1000, 7 * 86_400_000),
      },
      { requiredKeys: ['hours', 'graceMs', 'adoptMs'], noNullPrototype: true },
    ),
    streams,
  },
  {
    requiredKeys: [
      'serverName',
      'http',
      'publicUrl',
      'peerUrl',
      'nats',
      'dataDir',
      'archive',
      'archiveReturn',
      'access',
      'peers',
      'capacity',
      'streamMetrics',
      'times',
      'live',
      'log',
      'notify',
      'streams',
    ],
    noNullPrototype: true,
  },
);

test('every configuration that is printed is parsed back', () => {
  fc.assert(
    fc.property(configs, (config) => {
      const text = printConfig({
        ...config,
        streams: config.streams.map((stream) => ({ ...stream, position: { line: 1, column: 1 } })),
      });
      assert.equal(withoutPositions(configOf(text)), config);
    }),
    { numRuns: 300 },
  );
});

test('the fixtures survive being printed', () => {
  for (const name of ['three-peers.conf', 'every-word.conf']) {
    const text = readFileSync(new URL(`../../../test/fixtures/config/${name}`, import.meta.url), 'utf8');
    const config = configOf(text);
    assert.equal(withoutPositions(configOf(printConfig(config))), withoutPositions(config));
  }
});

test.run();
