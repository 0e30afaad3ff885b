import type { Bench } from './bench.ts';
export async function bench(): Promise<Bench> {
  return { name: '', rows: [] };
}
