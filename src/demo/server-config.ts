const LOOPBACK = '127.0.0.1';

/** The configuration file of one server of a herd on one machine, as text. */
export interface ServerConfig {
  readonly name: string;
  /** Default: loopback. */
  readonly address?: string;
  readonly port: number;
  /** Default: `public_url`. */
  readonly peerUrl?: string;
  /** Where beats are heard. Default: any port of `address`, as the ports of its neighbours are on the same host. */
  readonly beats?: string;
  /** May hold a token: the file is for its owner's eyes. */
  readonly natsUrls: readonly string[];
  readonly dataDir: string;
  /** Default: one, in `dataDir`. */
  readonly archives?: readonly string[];
  readonly clusterKey: string;
  readonly editAuth: { readonly user: string; readonly password: string };
  /** The servers of the herd, this one among them. */
  readonly peers: readonly { readonly name: string; readonly address?: string; readonly port: number }[];
  readonly streams?: readonly { readonly name: string; readonly input: string }[];
  /** Words of the blocks `timing`, `live` and `archive_return`: `{ return_after: '2s' }`. */
  readonly timing?: Readonly<Record<string, string>>;
  readonly live?: Readonly<Record<string, string>>;
  readonly archiveReturn?: Readonly<Record<string, string>>;
}

export function serverConfigText(config: ServerConfig): string {
  const { name, address = LOOPBACK, port, natsUrls, dataDir, clusterKey, editAuth, peers } = config;
  const { archives = [], streams = [], timing = {}, live = {}, archiveReturn = {} } = config;
  const { peerUrl, beats = `${address}:0` } = config;
  const url = webUrl(port, address);
  return [
    `server_name ${name};`,
    `http ${address}:${port};`,
    `beats ${beats};`,
    `public_url ${url};`,
    ...(peerUrl === undefined ? [] : [`peer_url ${peerUrl};`]),
    `nats ${natsUrls.join(' ')};`,
    `data_dir "${dataDir}";`,
    ...archives.map((archive) => `archive "${archive}";`),
    `cluster_key ${clusterKey};`,
    `edit_auth ${editAuth.user} ${editAuth.password};`,
    // No DNS knows these names: where the others are is what their own files say of `public_url`.
    ...peers.map((peer) => `peer ${peer.name}:${peer.port} { public_url ${webUrl(peer.port, peer.address)}; }`),
    ...streams.map((stream) => `stream ${stream.name} { input ${stream.input}; cluster_ingest; }`),
    ...block('timing', timing),
    ...block('live', live),
    ...block('archive_return', archiveReturn),
    '',
  ].join('\n');
}

export function webUrl(port: number, address = LOOPBACK): string {
  return `http://${address}:${port}`;
}

function block(word: string, values: Readonly<Record<string, string>>): string[] {
  const statements = Object.entries(values).map(([key, value]) => `  ${key} ${value};`);
  return statements.length === 0 ? [] : [`${word} {`, ...statements, '}'];
}
