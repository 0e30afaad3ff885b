import { TIME_WORDS } from '../../domain/times.ts';

/** The words of a place in the configuration file; for each the words of its block, or `null` when it has none. */
export interface Vocabulary {
  readonly [word: string]: Vocabulary | null;
}

export const STREAM_VOCABULARY = {
  input: null,
  url: null,
  title: null,
  dvr: null,
  transcoder: null,
  backup_transcoder: null,
  cluster_ingest: null,
  push: null,
  disabled: null,
  weight: null,
} as const satisfies Vocabulary;

export const PEER_VOCABULARY = { public_url: null, peer_url: null } as const satisfies Vocabulary;

export const LIVE_VOCABULARY = { segment: null, window: null, low_latency: null } as const satisfies Vocabulary;

export const ARCHIVE_VOCABULARY = { reserve: null } as const satisfies Vocabulary;

export const RECORDING_VOCABULARY = { sync: null, verify: null, on_pack: null } as const satisfies Vocabulary;

export const RETURN_VOCABULARY = { rate: null, hours: null, grace: null, adopt: null } as const satisfies Vocabulary;

export const LOG_VOCABULARY = { format: null, level: null } as const satisfies Vocabulary;

export const NOTIFY_VOCABULARY = {
  events: null,
  secret: null,
  from: null,
  to: null,
  every: null,
} as const satisfies Vocabulary;

export const TIMING_VOCABULARY: Vocabulary = Object.fromEntries(Object.values(TIME_WORDS).map((word) => [word, null]));

export const FILE_VOCABULARY = {
  server_name: null,
  http: null,
  https: null,
  beats: null,
  public_url: null,
  peer_url: null,
  nats: null,
  data_dir: null,
  live_dir: null,
  archive: ARCHIVE_VOCABULARY,
  recording: RECORDING_VOCABULARY,
  archive_return: RETURN_VOCABULARY,
  cluster_key: null,
  edit_auth: null,
  view_auth: null,
  play_token: null,
  on_play: null,
  trusted_proxy: null,
  capacity: null,
  stream_metrics: null,
  timing: TIMING_VOCABULARY,
  live: LIVE_VOCABULARY,
  log: LOG_VOCABULARY,
  notify: NOTIFY_VOCABULARY,
  peer: PEER_VOCABULARY,
  stream: STREAM_VOCABULARY,
} as const satisfies Vocabulary;

/** Words whose arguments are never shown. */
export const SECRET_WORDS: readonly string[] = [
  ...['cluster_key', 'edit_auth', 'view_auth', 'play_token', 'on_play'],
  ...['notify', 'secret', 'push'],
];

export function isWordOf(word: string, vocabulary: Vocabulary): boolean {
  return Object.hasOwn(vocabulary, word);
}
