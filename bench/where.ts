import type { NatsConnection } from 'nats';
import { withHerd } from '../test/support/herd.ts';
import type { Bench, Row } from './bench.ts';
import { Child } from './child.ts';
import type { EchoOptions } from './echo-process.ts';
import { ROUNDS, sideBySide } from './side-by-side.ts';

const IN_FLIGHT = [1, 16, 64, 256] as const;
const ROUND_MS = 1000;
const ANSWER_TIMEOUT_MS = 5000;
const STREAM = 'cam1';
const SUBJECT = `where.${STREAM}`;
const ECHO_SUBJECT = 'echo';

/**
 * `where` of a real server against the least that can answer on NATS: a process that sends back a constant of the same length.
 * One client asks both in turns.
 */
export async function bench(): Promise<Bench> {
  const rows: Row[] = [];
  await withHerd({ servers: 1, cameras: 1 }, async (herd) => {
    const { connection } = herd.bus;
    const answer = await connection.request(SUBJECT, '', { timeout: ANSWER_TIMEOUT_MS });
    await using echo = new Child('./echo-process.js');
    await echo.ask<EchoOptions, object>({ url: herd.nats.url, subject: ECHO_SUBJECT, answer: answer.string() });
    const pids = herd.servers.flatMap((server) => server.pids);
    for (const inFlight of IN_FLIGHT) {
      const ours = { pids, ask: () => ask(connection, SUBJECT, inFlight) };
      const bare = { pids: [echo.pid], ask: () => ask(connection, ECHO_SUBJECT, inFlight) };
      rows.push({ 'in flight': inFlight, ...(await sideBySide(ours, bare)) });
    }
  });
  return { name: `where: answers a second, medians of ${ROUNDS} rounds side by side with a bare echo`, rows };
}

async function ask(connection: NatsConnection, subject: string, inFlight: number): Promise<number> {
  const startMs = performance.now();
  let answers = 0;
  const asker = async () => {
    while (performance.now() - startMs < ROUND_MS) {
      const answer = await connection.request(subject, '', { timeout: ANSWER_TIMEOUT_MS });
      if (answer.data.length === 0) throw new Error(`${subject} was refused`);
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, asker));
  return answers;
}
