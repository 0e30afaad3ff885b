import { serverNameProblem } from '../../domain/records/server-name.ts';
import { nearestWord } from '../../domain/text/nearest-word.ts';
import { parseDurationMs } from '../../domain/text/units.ts';
import { DEFAULT_TIMES, TIME_WORDS, type Times, timesProblems } from '../../domain/times.ts';
import {
  type Config,
  type ConfiguredStream,
  DEFAULT_CAPACITY,
  DEFAULT_DATA_DIR,
  DEFAULT_HTTP_PORT,
  DEFAULT_STREAM_METRICS,
  type Peer,
} from '../config.ts';
import type { Token } from '../syntax/lexer.ts';
import type { Position } from '../syntax/source-text.ts';
import type { Statement } from '../syntax/statement.ts';
import { FILE_VOCABULARY, PEER_VOCABULARY, TIMING_VOCABULARY } from '../syntax/vocabulary.ts';
import { readAccess, readClusterKey } from './read-access.ts';
import { readHttps, readWebUrl } from './read-addresses.ts';
import { readArchive } from './read-archive.ts';
import { readArchiveReturn } from './read-archive-return.ts';
import { readLive } from './read-live.ts';
import { readLog } from './read-log.ts';
import { readNotify } from './read-notify.ts';
import { type ReadStream, readStream } from './read-stream.ts';
import * as values from './read-values.ts';
import type { Reading } from './reading.ts';

/** A peer as written; its `peerUrl` may depend on this server's own port. */
interface ReadPeer {
  readonly token: Token;
  readonly name: string;
  readonly port?: number;
  readonly publicUrl?: string;
  readonly peerUrl?: string;
}

/** The values of the statements of a file. Only to be used when `reading` holds no findings. */
export function readConfig(
  statements: readonly Statement[],
  hostName: string,
  positionOf: (token: Token) => Position,
  reading: Reading,
): Config {
  const words = reading.byWord(statements, FILE_VOCABULARY, 'the configuration file', [
    'peer',
    'stream',
    'archive',
    'notify',
    'edit_auth',
    'view_auth',
    'trusted_proxy',
  ]);
  const first = (word: keyof typeof FILE_VOCABULARY) => words.get(word)?.[0];
  const serverName = readServerName(first('server_name'), hostName, reading);
  const readPeers = (words.get('peer') ?? []).flatMap((statement) => readPeer(statement, reading) ?? []);
  const ownPeer = readPeers.find(({ name }) => name === serverName);
  const http = reading.value(first('http'), values.HTTP_EXPECTED, values.parseListen) ?? {
    port: ownPeer?.port ?? DEFAULT_HTTP_PORT,
  };
  const beats = reading.value(first('beats'), values.BEATS_EXPECTED, values.parseBeats);
  const https = readHttps(first('https'), reading);
  const ownUrl = `http://${serverName}:${http.port}`;
  const viewersUrl =
    https === undefined ? ownUrl : `https://${serverName}${https.port === 443 ? '' : `:${https.port}`}`;
  const peers = uniquePeers(readPeers, http.port, reading);
  const clusterKey = readClusterKey(first('cluster_key'), reading);
  const all = (word: keyof typeof FILE_VOCABULARY) => words.get(word) ?? [];
  const access = readAccess(words, reading);
  const streams = readStreams(words.get('stream') ?? [], positionOf, reading);
  const liveDir = reading.value(first('live_dir'), values.FOLDER_EXPECTED, values.parseFolder);
  const webUrl = (word: 'public_url' | 'peer_url') => readWebUrl(first(word), reading);
  const publicUrl = webUrl('public_url');
  const config: Config = {
    serverName,
    http,
    ...(https !== undefined && { https }),
    ...(beats !== undefined && { beats }),
    publicUrl: publicUrl ?? ownPeer?.publicUrl ?? viewersUrl,
    // Not the `public_url` of the own peer line: that one is given where it differs from the name and port of the line.
    peerUrl: webUrl('peer_url') ?? ownPeer?.peerUrl ?? publicUrl ?? ownUrl,
    nats: readNats(first('nats'), reading),
    dataDir: reading.value(first('data_dir'), values.FOLDER_EXPECTED, values.parseFolder) ?? DEFAULT_DATA_DIR,
    ...(liveDir !== undefined && { liveDir }),
    archive: readArchive({ roots: all('archive'), recording: first('recording') }, reading),
    archiveReturn: readArchiveReturn(first('archive_return'), reading),
    ...(clusterKey !== undefined && { clusterKey }),
    access,
    peers,
    capacity: reading.value(first('capacity'), values.CAPACITY_EXPECTED, values.parseCapacity) ?? DEFAULT_CAPACITY,
    streamMetrics:
      reading.value(first('stream_metrics'), values.STREAM_METRICS_EXPECTED, values.parseStreamMetrics) ??
      DEFAULT_STREAM_METRICS,
    times: readTimes(first('timing'), reading),
    live: readLive(first('live'), reading),
    log: readLog(first('log'), reading),
    notify: readNotify(all('notify'), reading),
    streams: streams.map(({ word, name, definition }): ConfiguredStream => {
      return { name, definition, position: positionOf(word) };
    }),
  };
  warn(config, readPeers, streams, reading);
  return config;
}

function readServerName(statement: Statement | undefined, hostName: string, reading: Reading): string {
  const named = reading.value(statement, 'a server name like s01 or s01.example.com', serverNameOf);
  if (statement === undefined && serverNameProblem(hostName) !== undefined) {
    reading.reportMissing(0, '"server_name <name>;", as the name of this host is no server name');
  }
  return named ?? hostName;
}

function serverNameOf(text: string): string | undefined {
  return serverNameProblem(text) === undefined ? text : undefined;
}

function readPeer(statement: Statement, reading: Reading): ReadPeer | undefined {
  const expected = 'a server name, or name:port';
  const token = reading.argument(statement, expected);
  const words = reading.byWord(statement.block ?? [], PEER_VOCABULARY, 'a peer block');
  const webUrl = (word: keyof typeof PEER_VOCABULARY) => readWebUrl(words.get(word)?.[0], reading);
  const publicUrl = webUrl('public_url');
  const peerUrl = webUrl('peer_url');
  if (token === undefined) return undefined;
  const [, name = '', digits] = /^([^:]*)(?::(.*))?$/.exec(token.text) ?? [];
  const port = digits === undefined ? undefined : values.parsePort(digits);
  if (serverNameOf(name) === undefined || (digits !== undefined && port === undefined)) {
    return reading.report(token, expected);
  }
  return {
    token,
    name,
    ...(port !== undefined && { port }),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(peerUrl !== undefined && { peerUrl }),
  };
}

function uniquePeers(readPeers: readonly ReadPeer[], ownPort: number, reading: Reading): Peer[] {
  const seen = new Map<string, Token>();
  return readPeers.flatMap(({ token, ...peer }) => {
    const earlier = seen.get(peer.name);
    if (earlier !== undefined) {
      reading.report(token, `a peer that line ${reading.lineOf(earlier)} does not name already`);
      return [];
    }
    seen.set(peer.name, token);
    if (peer.peerUrl === undefined) reading.reaches(token);
    return [{ ...peer, peerUrl: peer.peerUrl ?? `http://${peer.name}:${peer.port ?? ownPort}` }];
  });
}

function readNats(statement: Statement | undefined, reading: Reading): readonly string[] | undefined {
  if (statement === undefined) return undefined;
  return reading.arguments(statement, values.NATS_URL_EXPECTED, MAX_NATS_URLS).flatMap((token) => {
    reading.reaches(token);
    return values.parseNatsUrl(token.text) ?? reading.report(token, values.NATS_URL_EXPECTED) ?? [];
  });
}

const MAX_NATS_URLS = 100;

function readTimes(statement: Statement | undefined, reading: Reading): Times {
  if (statement === undefined) return DEFAULT_TIMES;
  reading.noArguments(statement);
  const words = reading.byWord(reading.block(statement), TIMING_VOCABULARY, 'the timing block');
  const before = reading.findings.length;
  const times = { ...DEFAULT_TIMES, ...readWrittenTimes(words, reading) };
  if (reading.findings.length > before) return times;
  for (const problem of timesProblems(times)) {
    const [word = ''] = problem.split(' ', 1);
    reading.reportMissing((words.get(word)?.[0]?.word ?? statement.word).start, `times that hold together: ${problem}`);
  }
  return times;
}

function readWrittenTimes(words: ReadonlyMap<string, readonly Statement[]>, reading: Reading): Partial<Times> {
  const written = Object.entries(TIME_WORDS).map(([key, word]) => {
    return [key, reading.value(words.get(word)?.[0], 'a duration like 250ms, 2s or 10m', parseDurationMs)] as const;
  });
  return Object.fromEntries(written.filter(([, ms]) => ms !== undefined));
}

function readStreams(
  statements: readonly Statement[],
  positionOf: (token: Token) => Position,
  reading: Reading,
): ReadStream[] {
  const seen = new Map<string, Token>();
  return statements.flatMap((statement) => {
    const stream = readStream(statement, reading);
    const nameToken = statement.args[0];
    if (nameToken === undefined) return [];
    const earlier = seen.get(nameToken.text);
    if (earlier !== undefined) {
      reading.report(nameToken, `a stream that line ${positionOf(earlier).line} does not have already`);
      return [];
    }
    seen.set(nameToken.text, nameToken);
    return stream ?? [];
  });
}

function warn(config: Config, peers: readonly ReadPeer[], streams: readonly ReadStream[], reading: Reading): void {
  const names = config.peers.map(({ name }) => name);
  const others = peers.filter(({ name }) => name !== config.serverName);
  const [other] = others;
  if (other === undefined) return;
  const peersOf = `peer ${other.name}`;
  if (config.nats === undefined) {
    reading.warn(other.token.start, `${peersOf} is named but no "nats": "streamherd run" will refuse to start`);
  }
  if (config.clusterKey === undefined) {
    reading.warn(
      other.token.start,
      `${peersOf} is named but no "cluster_key": the servers cannot trust each other over HTTP`,
    );
  }
  if (others.length === peers.length) {
    reading.warn(other.token.start, `no peer is this server, ${config.serverName}; is "server_name" right?`);
  }
  for (const { definition, captureAt } of streams) {
    const at = definition.captureAt;
    if (at === undefined || captureAt === undefined || at === config.serverName || names.includes(at)) continue;
    const nearest = nearestWord(at, names);
    const guess = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    reading.warn(captureAt.start, `capture_at names ${at}, which is no peer of this file${guess}`);
  }
}
