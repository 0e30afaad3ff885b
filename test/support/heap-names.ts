import { getHeapSnapshot } from 'node:v8';

/** Longer than what is looked for: it may lie across two chunks. */
const OVERLAP = 200;

/** What of the form `pattern` (with the flag `g`) is in any string that this process still holds, once all garbage is collected. */
export async function namesInHeap(pattern: RegExp): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let tail = '';
  for await (const chunk of getHeapSnapshot().setEncoding('latin1')) {
    const text = tail + String(chunk);
    for (const [name] of text.matchAll(pattern)) found.add(name);
    tail = text.slice(-OVERLAP);
  }
  return found;
}
