import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RETURN_SIGNATURE_HEADER, returnTarget, signedText } from '../../src/archive/peers/return-request.ts';
import { clusterSignature } from '../../src/host/cluster-signature.ts';
import { interruptions } from '../faults/pull-log.ts';
import { dyingWithParent } from '../support/dying-with-parent.ts';
import { eventually } from '../support/eventually.ts';
import { CLUSTER_KEY, withHerd } from '../support/herd.ts';
import { PUBLISHER, VIEWER } from '../support/nats-accounts.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { type Attack, type Bound, type Report, type Target, USUAL_BOUND } from './attack.ts';
import { FEW_FILES } from './file-attacks.ts';
import { type Outcome, problemsOf } from './outcome.ts';
import { nextCorrectAnswer, Prober } from './prober.ts';
import { type Held, heldBy, Peak } from './server-figures.ts';

export interface CampaignOptions {
  readonly attacks: readonly Attack[];
  readonly lastsMs: number;
  readonly scale: number;
  readonly onOutcome: (outcome: Outcome) => void;
}

const ATTACKER = fileURLToPath(new URL('./attacker.js', import.meta.url));
/** The attacker stands for another machine: its own CPU time must not count as harm to the herd. */
const NICED = ['nice', '-n', '15'];
const FROM = '127.0.0.66';
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** A client's process that has not ended by then is ended. */
const CLIENT_WITHIN_MS = 150_000;
/** Their memory is measured, as it is of servers outside of tests. */
const AS_OUTSIDE = { nodeOptions: [] };
/** The second server may open few files, in every attack. */
const HERD = {
  ...{ servers: 2, cameras: 6, accounts: true, dvr: true },
  openFiles: { s2: FEW_FILES },
  otherwise: { s1: AS_OUTSIDE, s2: AS_OUTSIDE },
};
/** For connections to be closed and garbage to be collected. */
const SETTLED_WITHIN_MS = 20_000;

/** Attacks a herd of real servers, with real captures, in one way after the other, and measures the harm of each. */
export async function runCampaign({ attacks, lastsMs, scale, onOutcome }: CampaignOptions): Promise<void> {
  await withHerd(HERD, async (herd) => {
    for (const group of groupsOf(attacks)) {
      await herd.whole();
      const outcomes = await strike(herd, group, await targetIn(herd, lastsMs, scale));
      for (const outcome of outcomes) onOutcome(outcome);
      if (outcomes.every((outcome) => problemsOf(outcome).length === 0)) continue;
      for (const { name, log } of herd.servers) console.error(`--- the end of the log of ${name} ---\n${log}`);
    }
  });
}

/** One after the other, but all that wait for most of their time at once. */
function groupsOf(attacks: readonly Attack[]): readonly (readonly Attack[])[] {
  const patient = attacks.filter(({ isPatient }) => isPatient);
  const others = attacks.filter(({ isPatient }) => !isPatient).map((attack) => [attack]);
  return patient.length === 0 ? others : [...others, patient];
}

/** The harm of all of them together, as the outcome of each. */
async function strike(herd: TestHerd, attacks: readonly Attack[], target: Target): Promise<readonly Outcome[]> {
  const bound: Bound = Object.assign({}, USUAL_BOUND, ...attacks.map((attack) => attack.bound));
  const pids = new Map(herd.servers.map((server) => [server, server.serverPid]));
  const held = new Map(herd.servers.map((server) => [server, heldBy(server)]));
  const pulls = await herd.cameras.pulls();
  const lost = () => herd.bus.eventsOf('server-fenced').length + herd.bus.eventsOf('server-evicted').length;
  const lostBefore = lost();
  const unrecorded = () => herd.bus.eventsOf('recording-lost').length;
  const unrecordedBefore = unrecorded();
  using peak = new Peak(held);
  const prober = new Prober(herd);
  const reports = await Promise.all(attacks.map((attack) => reportOf(attack, herd, target)));
  const answerMs = await nextCorrectAnswer(herd);
  await prober[Symbol.asyncDispose]();
  const left = await settled(held, bound);
  const ended = interruptions(pulls, await herd.cameras.pulls()).filter(({ camera }) => herd.names.includes(camera));
  const cost = {
    ended: [...new Set(ended.map(({ camera }) => camera))],
    leasesLost: lost() - lostBefore,
    unrecorded: unrecorded() - unrecordedBefore,
    killed: herd.servers.filter((server) => server.serverPid !== pids.get(server)).map(({ name }) => name),
    peakMb: peak.mb,
    leftMb: left.rssMb,
    leftFiles: left.files,
    answerMs,
    slowestMs: prober.slowestMs,
    unanswered: prober.failed,
  };
  return reports.map(([attack, report]) => ({ attack, report, ...cost }));
}

async function reportOf(attack: Attack, herd: TestHerd, target: Target): Promise<readonly [Attack, Report]> {
  try {
    const isClients = attack.by === 'client';
    return [attack, await (isClients ? inItsOwnProcess(attack.name, target) : attack.run(herd, target))];
  } catch (error) {
    return [attack, { did: 'broke off', problems: [error instanceof Error ? error.message : String(error)] }];
  }
}

/** How much more memory the worst server holds than before: as soon as that is within the bound, or when the time is over. */
async function settled(before: ReadonlyMap<TestHerd['servers'][number], Held>, bound: Bound): Promise<Held> {
  const more = (): Held => {
    const grown = [...before].map(([server, was]) => {
      const now = heldBy(server);
      return { rssMb: now.rssMb - was.rssMb, files: now.files - was.files };
    });
    return {
      rssMb: Math.max(...grown.map(({ rssMb }) => rssMb)),
      files: Math.max(...grown.map(({ files }) => files)),
    };
  };
  const isWithin = ({ rssMb, files }: Held) => rssMb <= bound.leftMb && files <= bound.leftFiles;
  return eventually('the servers hold no more than before', () => isWithin(more()) && more(), {
    deadlineMs: SETTLED_WITHIN_MS,
    everyMs: 250,
  }).catch(more);
}

async function inItsOwnProcess(name: string, target: Target): Promise<Report> {
  const [file = '', ...args] = [...dyingWithParent('KILL'), ...NICED, process.execPath, ATTACKER, name];
  return new Promise((resolve, reject) => {
    const options = { timeout: CLIENT_WITHIN_MS, killSignal: 'SIGKILL' as const, maxBuffer: MAX_OUTPUT_BYTES };
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`the attacker failed: ${error.message} ${stderr}`));
      else resolve(JSON.parse(stdout) as Report);
    });
    child.stdin?.end(JSON.stringify(target));
  });
}

async function targetIn(herd: TestHerd, lastsMs: number, scale: number): Promise<Target> {
  const servers = await Promise.all(
    herd.servers.map(async ({ name, url }) => {
      const { session, beatUrl } = await herd.bus.serverRecord(name);
      const port = (of: string) => Number(new URL(of).port);
      return { name, host: '127.0.0.1', port: port(url), beatsPort: port(beatUrl), session };
    }),
  );
  return {
    servers,
    streams: herd.names,
    natsUrl: herd.nats.url,
    publisher: PUBLISHER,
    viewer: VIEWER,
    overheard: overheardBy(servers[0]?.session ?? ''),
    from: FROM,
    lastsMs,
    scale,
  };
}

/** A signed question of `s2` to the server of that session. */
function overheardBy(session: string): string {
  const [method, target] = ['GET', returnTarget({ ask: 'debts', home: 's2' })];
  const signature = clusterSignature('return', CLUSTER_KEY, session, signedText({ method, target, body: '' }));
  return `${method} ${target} HTTP/1.1\r\nHost: s1\r\n${RETURN_SIGNATURE_HEADER}: ${signature}\r\n\r\n`;
}
