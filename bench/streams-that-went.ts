import { type Holdings, letPass } from '../test/support/passing-streams.ts';
import type { Bench } from './bench.ts';

const STREAMS = Number(process.env.STREAMS ?? 100_000);

/** 100,000 streams come and go under two servers: what NATS and the servers hold before, with the markers of all, and an hour later. */
export async function bench(): Promise<Bench> {
  const { writesASecond, sweptASecond, undisturbed, ...moments } = await letPass(STREAMS);
  const rows = Object.entries(moments).map(([moment, held]) => ({ moment, ...rounded(held) }));
  const name = `${STREAMS} streams came and went: ${Math.round(writesASecond)} writes a second, ${Math.round(sweptASecond)} markers swept a second, what stayed was ${undisturbed ? '' : 'NOT '}captured all the time`;
  return { name, rows };
}

function rounded(held: Holdings): Record<string, number> {
  return Object.fromEntries(Object.entries(held).map(([what, value]) => [what, Math.round(value * 10) / 10]));
}
