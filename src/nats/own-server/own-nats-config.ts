/** The configuration file of the nats-server that streamherd starts for itself, as text. */
export interface OwnNatsConfig {
  /** -1 lets the system choose. */
  readonly port: number;
  readonly token: string;
  /** Absolute. */
  readonly storeDir: string;
  /** Absolute. nats-server writes the chosen port to a file in it. */
  readonly portsDir: string;
}

/** The herd's buckets hold some kilobytes a stream, and `EVENTS` seven days of sentences: both with room to spare. */
const MAX_FILE_STORE_BYTES = 2 * 1024 ** 3;
const MAX_MEMORY_STORE_BYTES = 64 * 1024 ** 2;
const MAX_CONNECTIONS = 1024;
const MAX_PAYLOAD_BYTES = 1024 ** 2;

export function ownNatsConfigText({ port, token, storeDir, portsDir }: OwnNatsConfig): string {
  return `# Written by streamherd at every start. Changes are lost.
server_name: streamherd
host: 127.0.0.1
port: ${port}
ports_file_dir: ${quoted(portsDir)}
authorization { token: ${quoted(token)} }
max_connections: ${MAX_CONNECTIONS}
max_payload: ${MAX_PAYLOAD_BYTES}
jetstream {
  store_dir: ${quoted(storeDir)}
  max_file_store: ${MAX_FILE_STORE_BYTES}
  max_memory_store: ${MAX_MEMORY_STORE_BYTES}
  # There is no other copy: what was acknowledged survives a power cut, or epochs could go back.
  sync_interval: always
}
`;
}

/** A string in the grammar of nats-server's configuration. In double quotes no `$` is looked up. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, (character) => `\\${character}`);
  return `"${escaped.replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;
}
