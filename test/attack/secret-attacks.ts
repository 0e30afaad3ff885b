import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from '../support/eventually.ts';
import { lasts } from '../support/fault-length.ts';
import type { TestHerd } from '../support/test-herd.ts';
import type { Attack, Report, Target } from './attack.ts';
import { victimOf } from './client.ts';
import { withStreams } from './extra-streams.ts';

/** Each secret is a word of its own, so that a finding shows which secret leaked. */
const MARKS = {
  'the password of a camera': 'MARK-camera-password',
  'the token of a source': 'MARK-source-token',
  'the passphrase of a source': 'MARK-srt-passphrase',
  'a wrong password of an operator': 'MARK-wrong-password',
  'the user of a camera without a password': 'MARK-camera-user',
};
const LOOK_EVERY_MS = 200;
const TRIED_WITHIN_MS = 40_000;
const ANSWER_WITHIN_MS = 1000;
/** Less than what one client may hold of a server with few files. */
const AT_ONCE = 8;
/** Definitions are stored with their passwords, and go to the servers with them. */
const DEFINITIONS = /^(?:\$KV|herd\.kv)\.streams\.|^_INBOX\.|^_R_\.|^\$JS\./;

/** What a stranger can overhear. */
export const secretAttacks: readonly Attack[] = [
  {
    name: 'secrets',
    does: 'credentials in sources that fail, and wrong passwords, are looked for in logs, process lists, events, answers, metrics and messages',
    by: 'campaign',
    isShort: true,
    isPatient: true,
    run: secrets,
  },
];

async function secrets(herd: TestHerd, target: Target): Promise<Report> {
  using overheard = new Overheard(herd);
  const sources = sourcesWithMarks(target);
  const within = { deadlineMs: TRIED_WITHIN_MS, everyMs: LOOK_EVERY_MS };
  const problems: string[] = [];
  const untried = new Set(Object.keys(sources));
  await withStreams(herd, sources, async () => {
    const isTried = async () => {
      overheard.look();
      for (const { name, error } of await herd.streams()) if (error !== undefined) untried.delete(name);
      return untried.size === 0;
    };
    await eventually('each was tried', isTried, within).catch(() =>
      problems.push(`untried: ${[...untried].join(', ')}`),
    );
    await askAll(herd, Object.keys(sources), overheard);
  });
  await lasts(LOOK_EVERY_MS);
  overheard.look();
  if (overheard.amount < 100_000) problems.push(`only ${overheard.amount} characters were looked at`);
  return { did: `${overheard.amount} characters looked at`, problems: [...problems, ...overheard.found] };
}

/** None of them is there, so each error names its source. */
function sourcesWithMarks(target: Target): Readonly<Record<string, { readonly url: string }>> {
  const { host, beatsPort } = victimOf(target);
  const login = `admin:${MARKS['the password of a camera']}`;
  const urls = {
    'secret/rtsp': `rtsp://${login}@${host}:1/x`,
    'secret/rtsp-rubbish': `rtsp://${login}@${host}:${beatsPort}/x`,
    'secret/user': `rtsp://${MARKS['the user of a camera without a password']}@${host}:1/x`,
    'secret/http': `http://${login}@${host}:${beatsPort}/x.m3u8?token=${MARKS['the token of a source']}`,
    'secret/rtmp': `rtmp://${login}@${host}:1/live/x?key=${MARKS['the token of a source']}`,
    'secret/srt': `srt://${host}:1?passphrase=${MARKS['the passphrase of a source']}`,
    'secret/path': `http://${host}:1/user=admin_password=${MARKS['the password of a camera']}_x.sdp`,
  };
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, { url }]));
}

/** Every read of the API and of the pages, and changes with a wrong password. */
async function askAll(herd: TestHerd, names: readonly string[], overheard: Overheard): Promise<void> {
  const wrong = `Basic ${btoa(`admin:${MARKS['a wrong password of an operator']}`)}`;
  const paths = [
    ...['/', '/metrics', '/readyz', '/livez', '/api/v1/streams', '/api/v1/servers', '/api/v1/openapi.json'],
    ...['/api/v1/events?limit=10000&follow=0', '/api/v1/what-if?without=s1'],
    ...names.flatMap((name) => [
      `/api/v1/streams/${encodeURIComponent(name)}`,
      `/api/v1/where/${encodeURIComponent(name)}`,
      ...['index.m3u8', 'video.m3u8', 'mpegts', 'preview.jpg', 'embed.html'].map((file) => `/${name}/${file}`),
    ]),
  ];
  for (const { name, url } of herd.servers) {
    for (let asked = 0; asked < paths.length; asked += AT_ONCE) {
      const some = paths.slice(asked, asked + AT_ONCE);
      await Promise.all(
        some.map(async (path) => overheard.hear(`${path} of ${name}`, await answerOf(`${url}${path}`))),
      );
    }
    const refused = await fetch(`${url}/api/v1/streams/secret/new`, {
      method: 'PUT',
      headers: { Authorization: wrong, 'Content-Type': 'application/json' },
      body: '{"url": "test:"}',
    });
    overheard.hear(`a refused change of ${name}`, await refused.text());
  }
}

/** Head and body; of one without an end, as of a list that is held or of MPEG-TS, what has come by then. */
async function answerOf(url: string): Promise<string> {
  let heard = '';
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    heard = `${answer.status} ${[...answer.headers].join()} `;
    const decoder = new TextDecoder('latin1');
    for await (const piece of answer.body ?? []) heard += decoder.decode(piece);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error;
  }
  return heard;
}

/** Reads along, and remembers where a mark was. */
class Overheard implements Disposable {
  readonly #herd: TestHerd;
  readonly #found = new Set<string>();
  readonly #stop: () => void;
  amount = 0;

  constructor(herd: TestHerd) {
    this.#herd = herd;
    const messages = herd.bus.connection.subscribe('>', {
      callback: (_error, message) => {
        if (!DEFINITIONS.test(message.subject)) this.hear(`a message on ${message.subject}`, message.string());
      },
    });
    this.#stop = () => messages.unsubscribe();
  }

  get found(): readonly string[] {
    return [...this.#found];
  }

  hear(where: string, text: string): void {
    this.amount += text.length;
    for (const [what, mark] of Object.entries(MARKS)) {
      if (text.includes(mark)) this.#found.add(`${what} is in ${where}`);
    }
  }

  /** What the servers have logged, and the command lines of all processes of this machine. */
  look(): void {
    for (const { name, log } of this.#herd.servers) this.hear(`the log of ${name}`, log);
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        this.hear('the list of processes', readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      } catch {
        // It has ended.
      }
    }
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
