import { definitionValue } from '../domain/definition/stream-definition-schema.ts';
import type { LogSettings } from '../domain/log.ts';
import type { Receiver } from '../domain/notify/receiver.ts';
import { printDayHours } from '../domain/text/day-hours.ts';
import { printBytes, printDurationMs } from '../domain/text/units.ts';
import { TIME_WORDS, type Times } from '../domain/times.ts';
import type { Archive, ArchiveReturn, Config, ConfiguredStream, Peer } from './config.ts';
import { printListen } from './reading/read-values.ts';

/**
 * The text of a configuration file that is read back as `config`, everything said, nothing left to defaults.
 * It holds the keys and passwords of `config`.
 */
export function printConfig(config: Config): string {
  const { https, beats, clusterKey, access, nats, live, times } = config;
  return [
    line('server_name', config.serverName),
    line('http', printListen(config.http)),
    ...(https === undefined ? [] : [line('https', printListen(https), https.certFile, https.keyFile)]),
    ...(beats === undefined ? [] : [line('beats', printListen(beats))]),
    line('public_url', config.publicUrl),
    line('peer_url', config.peerUrl),
    ...(nats === undefined ? [] : [line('nats', ...nats)]),
    line('data_dir', config.dataDir),
    ...(config.liveDir === undefined ? [] : [line('live_dir', config.liveDir)]),
    ...printArchive(config.archive),
    printArchiveReturn(config.archiveReturn),
    ...(clusterKey === undefined ? [] : [line('cluster_key', clusterKey)]),
    ...access.users.map(({ name, password, role }) => line('edit_auth', name, password, role)),
    ...(access.viewAuth ? [line('view_auth')] : []),
    ...access.trustedProxies.map((proxy) => line('trusted_proxy', proxy)),
    ...(access.play.tokenKeys.length === 0 ? [] : [line('play_token', ...access.play.tokenKeys)]),
    ...(access.play.onPlay === undefined ? [] : [line('on_play', access.play.onPlay)]),
    line('capacity', String(config.capacity)),
    line('stream_metrics', String(config.streamMetrics)),
    block('timing', printTimes(times)),
    block('live', [
      line('segment', printDurationMs(live.segmentMs)),
      line('window', String(live.window)),
      ...(live.lowLatency ? [line('low_latency')] : []),
    ]),
    printLog(config.log),
    ...config.notify.map(printReceiver),
    ...config.peers.map(printPeer),
    ...config.streams.map(printStream),
    '',
  ].join('\n');
}

function printArchive({ roots, syncMs, verifyMs, onPack }: Archive): string[] {
  return [
    ...roots.map(({ path, reserve }) =>
      block(`archive ${quoted(path)}`, [line('reserve', `${Math.round(reserve * 10_000) / 100}%`)]),
    ),
    block('recording', [
      line('sync', printDurationMs(syncMs)),
      line('verify', verifyMs === null ? 'never' : printDurationMs(verifyMs)),
      ...(onPack === undefined ? [] : [line('on_pack', ...onPack)]),
    ]),
  ];
}

function printArchiveReturn({ rateBytes, hours, graceMs, adoptMs }: ArchiveReturn): string {
  return block('archive_return', [
    line('rate', rateBytes === undefined ? 'unlimited' : printBytes(rateBytes)),
    ...(hours.length === 0 ? [] : [line('hours', ...hours.map(printDayHours))]),
    line('grace', printDurationMs(graceMs)),
    line('adopt', adoptMs === null ? 'never' : printDurationMs(adoptMs)),
  ]);
}

function printLog({ format, level, levels }: LogSettings): string {
  const own = Object.entries(levels).map(([subsystem, its]) => line('level', subsystem, its));
  return block('log', [line('format', format), line('level', level), ...own]);
}

function printReceiver(receiver: Receiver): string {
  const own =
    receiver.type === 'webhook'
      ? receiver.secret === undefined
        ? []
        : [line('secret', receiver.secret)]
      : [line('from', receiver.from), line('to', ...receiver.to), line('every', printDurationMs(receiver.everyMs))];
  return block(`notify ${quoted(receiver.url)}`, [line('events', ...receiver.kinds), ...own]);
}

function printTimes(times: Times): string[] {
  return Object.entries(TIME_WORDS).map(([key, word]) => line(word, printDurationMs(times[key as keyof Times])));
}

function printPeer({ name, port, publicUrl, peerUrl }: Peer): string {
  return block(`peer ${port === undefined ? name : `${name}:${port}`}`, [
    ...(publicUrl === undefined ? [] : [line('public_url', publicUrl)]),
    line('peer_url', peerUrl),
  ]);
}

export function printStream({ name, definition }: Pick<ConfiguredStream, 'name' | 'definition'>): string {
  const value = definitionValue(definition);
  return block(`stream ${name}`, [
    ...value.inputs.map((url) => line('input', url)),
    ...(value.title === undefined ? [] : [line('title', value.title)]),
    ...(value.dvr === undefined ? [] : [line('dvr', ...Object.values(value.dvr))]),
    ...(value.transcoder === undefined ? [] : [line('transcoder', ...options(value.transcoder))]),
    ...(value.backup_transcoder === undefined ? [] : [line('backup_transcoder', ...options(value.backup_transcoder))]),
    line('cluster_ingest', ...(value.capture_at === undefined ? [] : [`capture_at=${value.capture_at}`])),
    ...(value.push ?? []).map((url) => line('push', url)),
    ...(value.weight === undefined ? [] : [line('weight', String(value.weight))]),
    ...(value.disabled ? [line('disabled')] : []),
  ]);
}

export function options(words: Readonly<Record<string, string | number | true>>): string[] {
  return Object.entries(words).map(([word, value]) => (value === true ? `-${word}` : `${word}=${value}`));
}

export function block(head: string, lines: readonly string[]): string {
  return [`${head} {`, ...lines.map((text) => `  ${text}`), '}'].join('\n');
}

export function line(word: string, ...values: readonly string[]): string {
  return `${[word, ...values.map(quoted)].join(' ')};`;
}

/** Bare where the lexer reads it back as one word, else in double quotes. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9_.:=@%&?~,+[\]-][A-Za-z0-9_.:=@%&?~,+[\]/*#-]*$/.test(value) || /^\/[A-Za-z0-9_.]/.test(value)) {
    if (!/[\s;{}"']/.test(value)) return value;
  }
  const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `"${escaped}"`;
}
