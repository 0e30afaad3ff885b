/** How far a download is. */
export interface Progress {
  readonly bytes: number;
  /** As far as it is known: an MP4 is about as long as the recorded segments that it is made of. */
  readonly allBytes: number | undefined;
}

export interface ExportWish {
  readonly fromS: number;
  readonly untilS: number;
  readonly format: 'mp4' | 'ts';
}

/** Below the address of a stream. */
export function exportLeaf(
  { fromS, untilS }: Pick<ExportWish, 'fromS' | 'untilS'>,
  format: ExportWish['format'],
): string {
  const from = Math.floor(fromS);
  return `archive-${from}-${Math.max(1, Math.ceil(untilS) - from)}.${format}`;
}

/** As a file is named: no sign that a file system refuses. */
export function fileName(stream: string, { fromS, format }: ExportWish): string {
  const time = new Date(Math.floor(fromS) * 1000).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${stream.replaceAll('/', '_')}-${time}Z.${format}`;
}

/** @returns from 0 to 1, never quite 1 before the end; `undefined`: it is not known. */
export function shareDone({ bytes, allBytes }: Progress): number | undefined {
  return allBytes === undefined || allBytes === 0 ? undefined : Math.min(0.99, bytes / allBytes);
}

export function progressText(progress: Progress, bytesText: (bytes: number) => string): string {
  const share = shareDone(progress);
  const of = progress.allBytes === undefined ? '' : ` of about ${bytesText(progress.allBytes)}`;
  return `${bytesText(progress.bytes)}${of}${share === undefined ? '' : `, ${Math.floor(100 * share)} %`}`;
}
