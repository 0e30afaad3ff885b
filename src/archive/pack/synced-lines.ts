import { type AskedDisk, readText } from '../disk/archive-disk.ts';
import { checkedLine } from './checked-line.ts';

/**
 * Adds checked lines to the end of a small file, whole and synced: they are all there after any fault, or none is. They never come directly
 * after a line that was cut off by an end of the server, which would damage the first of them too.
 */
export async function addSyncedLines(
  disk: AskedDisk,
  path: string,
  values: readonly object[],
  maxBytes: number,
): Promise<void> {
  const found = await disk.look(path);
  const before = found === undefined ? '' : await readText(disk, path, maxBytes);
  if (before === undefined) throw new Error(`${path} is longer than ${maxBytes} bytes`);
  const isWhole = before === '' || before.endsWith('\n');
  const lines = values.map((value) => `${checkedLine(value)}\n`);
  await replaceSmall(disk, path, `${before}${isWhole ? '' : '\n'}${lines.join('')}`, maxBytes);
}

/** Replaces a small file by a text, synced; one that is longer could not be read any more. @throws Error: it is longer; and the disk's error */
export async function replaceSmall(disk: AskedDisk, path: string, text: string, maxBytes: number): Promise<void> {
  if (Buffer.byteLength(text) > maxBytes) throw new Error(`${path} would be longer than ${maxBytes} bytes`);
  await disk.replace(path, text);
}
