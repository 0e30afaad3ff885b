import { createHmac, randomBytes } from 'node:crypto';
import type { Attack, Knocking, Report, Target } from './attack.ts';
import { forgedBeat } from './bus-attacks.ts';
import { busily, request, say, statusOf, victimOf } from './client.ts';

const FORGERS = 64;
const BEATS_OF_A_TURN = 8;

/** What can be done at the port on which a server hears the beats of the others. */
export const beatAttacks: readonly Attack[] = [
  {
    name: 'forged-beats',
    does: `${FORGERS} connections bring beats of the other server with signatures of their own, as fast as they are refused`,
    by: 'client',
    isShort: true,
    run: forgedBeats,
  },
];

async function forgedBeats(target: Target): Promise<Report> {
  const victim = victimOf(target);
  const statuses = new Map<number, number>();
  const problems = new Set<string>();
  await busily(FORGERS, target.lastsMs, async (nth) => {
    for (let turn = 0; turn < BEATS_OF_A_TURN; turn += 1) {
      const answer = await say(target, { ...victim, port: victim.beatsPort }, forgery(target, victim, nth + turn));
      const status = statusOf(answer);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status >= 200 && status < 300) problems.add(`a forged beat was taken: ${answer.slice(0, 80)}`);
    }
  });
  const counts = [...statuses].map(([status, count]) => `${count} × ${status || 'closed'}`);
  return { did: counts.join(', '), problems: [...problems] };
}

/** A signature of another key, one that is random, one that is none; for this server, or to be passed on to the other. */
function forgery({ servers }: Target, victim: Knocking, nth: number): string {
  const other = servers.find(({ name }) => name !== victim.name) ?? victim;
  const text = forgedBeat(other.name, other.session);
  const withKey = createHmac('sha256', 'not-the-key').update(text).digest('hex');
  const signature = [withKey, randomBytes(32).toString('hex'), 'none'][nth % 3];
  const passTo = nth % 2 === 0 ? [] : [`X-Streamherd-Pass-To: ${other.session}`];
  const headers = [`X-Streamherd-Signature: ${signature}`, `Content-Length: ${text.length}`, ...passTo];
  return request('/herd/beat', { method: 'POST', headers, body: text });
}
