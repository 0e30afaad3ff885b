import { ColumnsWriter } from './columns-line.ts';
import { closingLines, indexHead, type PackHeader, type PackIndex, segmentLines } from './pack-index.ts';

/** A whole index, for one that has to be written again. */
export function indexText(header: PackHeader, { gaps, entries, closing }: Omit<PackIndex, 'header'>): string {
  const longestMs = entries.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0);
  const columns = new ColumnsWriter(header);
  for (const entry of entries) columns.add(entry);
  return [
    indexHead(header, gaps, longestMs),
    ...entries.map((entry) => segmentLines(header, entry)),
    ...(closing === undefined ? [] : [closingLines(closing, columns.line())]),
  ].join('');
}
