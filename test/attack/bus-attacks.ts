import { connect, errors, headers, type MsgHdrs, type NatsConnection } from 'nats';
import { encodeBeat } from '../../src/domain/beats/beat.ts';
import { eventually } from '../support/eventually.ts';
import { lasts } from '../support/fault-length.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { type Attack, NO_PROBLEMS, type Report, type Target } from './attack.ts';

const DEFINITIONS = 10_000;
/** Of these the herd tries every one: each is an ffmpeg that fails at once. */
const UNREACHABLE = 200;
const IN_FLIGHT = 100;
/** Below the limit that NATS has for a message, and far above what a definition may be. */
const HUGE_BYTES = 900_000;
/** Among the definitions, one of so many is broken, and one of so many is huge. */
const BROKEN_EVERY = 10;
const HUGE_EVERY = 200;
const ANSWER_TIMEOUT_MS = 10_000;
const REFUSALS_WITHIN_MS = 5000;

/** Attacks of a client of the bus with the rights of the users `publisher` and `viewer`. */
export const busAttacks: readonly Attack[] = [
  {
    name: 'definitions',
    does: `${DEFINITIONS} definitions, broken and huge ones among them, and ${UNREACHABLE} of sources that refuse, are published and removed`,
    by: 'client',
    isShort: true,
    run: definitions,
  },
  {
    name: 'broken-definitions',
    does: 'the definitions of streams that are captured are replaced by broken ones of every kind',
    by: 'campaign',
    isShort: true,
    run: brokenDefinitions,
  },
  {
    name: 'forged-records',
    does: 'records of owners and servers, beats, commands, changes and events are published as if by servers',
    by: 'client',
    isShort: true,
    run: forgedRecords,
  },
];

function connectAs(target: Target, { user, password }: Target['publisher']): Promise<NatsConnection> {
  return connect({ servers: target.natsUrl, user, pass: password, name: 'stranger' });
}

async function definitions(target: Target): Promise<Report> {
  const connection = await connectAs(target, target.publisher);
  const many = Array.from({ length: Math.round(DEFINITIONS * target.scale) }, (_, nth) => `flood/${nth}`);
  const unreachable = Array.from({ length: Math.round(UNREACHABLE * target.scale) }, (_, nth) => `flood/u${nth}`);
  const outcomes = { stored: 0, refused: 0 };
  const publish = async (key: string, text: string, head?: MsgHdrs) => {
    const options = { timeout: ANSWER_TIMEOUT_MS, ...(head && { headers: head }) };
    const answer = await connection.request(`$KV.streams.${key}`, text, options);
    outcomes[answer.json<{ error?: unknown }>().error === undefined ? 'stored' : 'refused'] += 1;
  };
  await someAtOnce(many, (key, nth) => publish(key, definitionOf(nth)));
  await someAtOnce(unreachable, (key) => publish(key, '{"url": "rtsp://127.0.0.1:1/nothing"}'));
  await lasts(target.lastsMs);
  const published = `${many.length + unreachable.length} published, of which the bus refused ${outcomes.refused}`;
  await someAtOnce([...many, ...unreachable], (key) => publish(key, '', removal()));
  await connection.close();
  return { did: `${published}; all were removed`, problems: NO_PROBLEMS };
}

function definitionOf(nth: number): string {
  if (nth % HUGE_EVERY === 1) return JSON.stringify({ url: 'test:', title: 'x'.repeat(HUGE_BYTES) });
  if (nth % BROKEN_EVERY === 1) return BROKEN[nth % BROKEN.length] ?? '';
  return JSON.stringify({ url: 'rtsp://127.0.0.1:1/nothing', disabled: true, title: `one of many: ${nth}` });
}

function removal(): MsgHdrs {
  const head = headers();
  head.set('KV-Operation', 'DEL');
  return head;
}

async function someAtOnce<T>(values: readonly T[], act: (value: T, nth: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let nth = next++; nth < values.length; nth = next++) await act(values[nth] as T, nth);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

const DEEP = 20_000;
const BROKEN: readonly string[] = [
  ...['', '{', 'null', '[]', '"rtsp://127.0.0.1/x"', '12', '{}', '\u0000', '{"url": "rtsp://'],
  ...['{"url": 1}', '{"inputs": []}', '{"inputs": [{}]}', '{"url": "file:///etc/passwd"}', '{"url": "concat:a|b"}'],
  ...['{"url": "rtsp://127.0.0.1/x", "weight": 1e308}', '{"url": "test:", "dvr": {"keep": "-1d"}}'],
  ...['{"url": "test:", "capture_at": "../s1"}', '{"url": "test:", "transcoder": {"vb": "-i /etc/passwd"}}'],
  ...['{"__proto__": {"disabled": true}, "url": 1}', '{"constructor": {"prototype": {"disabled": true}}}'],
  `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
  `{"url": "rtsp://127.0.0.1/${'x'.repeat(HUGE_BYTES)}"}`,
];

/** The last good definition stays in force, and each server says why the new one does not count. */
async function brokenDefinitions(herd: TestHerd): Promise<Report> {
  const [name = ''] = herd.names;
  const problems: string[] = [];
  for (const text of BROKEN) {
    // A text that the bus refuses itself changes nothing either.
    const isStored = await herd.bus.put(name, text).then(
      () => true,
      () => false,
    );
    const isRefused = async () => !isStored || (await herd.stream(name)).refused !== undefined;
    await eventually('it is refused', isRefused).catch(() => problems.push(`not refused: ${text.slice(0, 60)}`));
    await herd.bus.put(name, { inputs: [herd.cameras.url(name)] });
    const isGood = async () => (await herd.stream(name)).refused === undefined;
    await eventually('the good one counts again', isGood).catch(() => problems.push('the good one does not count'));
  }
  return { did: `${BROKEN.length} broken definitions of ${name}`, problems };
}

/** The server refuses each, and says so to the client: what it has not refused is a problem. */
async function forgedRecords(target: Target): Promise<Report> {
  const problems: string[] = [];
  let tried = 0;
  for (const login of [target.publisher, target.viewer]) {
    const connection = await connectAs(target, login);
    const refused = new Set<string>();
    void collectRefusals(connection, refused);
    const forgeries = forgeriesOf(target);
    for (const [subject, text] of forgeries) connection.publish(subject, text);
    await connection.flush();
    await eventually('every refusal', () => refused.size === forgeries.length, {
      deadlineMs: REFUSALS_WITHIN_MS,
    }).catch(() => {
      const taken = forgeries.filter(([subject]) => !refused.has(subject)).map(([subject]) => subject);
      problems.push(`the bus took from ${login.user}: ${taken.join(', ')}`);
    });
    tried += forgeries.length;
    await connection.close();
  }
  return { did: `${tried} forgeries`, problems };
}

async function collectRefusals(connection: NatsConnection, refused: Set<string>): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type !== 'error' || !(status.error instanceof errors.PermissionViolationError)) continue;
    refused.add(status.error.subject);
  }
}

function forgeriesOf({ servers, streams }: Target): readonly (readonly [subject: string, text: string])[] {
  const records = servers.flatMap(({ name, session }): (readonly [string, string])[] => {
    const since = new Date().toISOString();
    const down = JSON.stringify({ server: name, session, state: 'down', since, peers: [], why: 'forged' });
    return [
      [`$KV.servers.${name}`, down],
      [`herd.kv.servers.${name}`, down],
      [`herd.beat.${name}`, forgedBeat(name, session)],
      [`herd.control.${name}`, JSON.stringify({ command: 'drain' })],
      [`herd.state.${name}`, '{}'],
      [`$JS.API.STREAM.PURGE.KV_servers`, JSON.stringify({ filter: `$KV.servers.${name}` })],
    ];
  });
  const owned = streams.flatMap((stream): (readonly [string, string])[] => {
    const vacant = JSON.stringify({ server: 'nowhere', session: 'forged', why: 'forged' });
    return [
      [`$KV.owners.${stream}`, vacant],
      [`herd.kv.owners.${stream}`, vacant],
      [`events.stream-live.${stream}`, '{}'],
    ];
  });
  const [bucket] = ['$JS.API.STREAM.DELETE.KV_owners'];
  return [...new Map([...records, ...owned, [bucket, '']])];
}

/** An event as the server itself would tell it, but of a time that is far ahead. */
export function forgedBeat(server: string, session: string): string {
  return encodeBeat({
    server,
    session,
    sequence: 1_000_000_000,
    heard: new Map(),
    doubts: new Map([[session, Number.MAX_SAFE_INTEGER]]),
    deafTo: [],
    revisions: { servers: Number.MAX_SAFE_INTEGER, owners: Number.MAX_SAFE_INTEGER, streams: 1 },
  });
}
