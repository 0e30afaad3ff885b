import { type Signal, useSignal } from '@preact/signals';
import { inPath } from '../address.ts';
import { playedPath } from '../herd/play-token.ts';
import { change } from '../login/change.tsx';
import { bytesText, spanText } from '../words/amount.ts';
import { exportLeaf, fileName, type Progress, progressText, shareDone } from './download.ts';
import type { Marks } from './timeline.tsx';

type Work =
  | { readonly is: 'none' }
  | { readonly is: 'done' | 'failed'; readonly says: string }
  | { readonly is: 'fetching'; readonly progress: Progress; readonly stop: () => void };

const IN_MEMORY_BYTES = 16 * 1024 * 1024;

interface RangeProps {
  readonly stream: string;
  readonly marks: Signal<Marks>;
  readonly atS: number;
  readonly onKept: () => void;
}

/** What can be done with a marked time: it is exported, or protected. */
export function RangeTools({ stream, marks, atS, onKept }: RangeProps) {
  const work = useSignal<Work>({ is: 'none' });
  const { fromS, untilS } = marks.value;
  const isMarked = fromS !== undefined && untilS !== undefined && untilS > fromS;
  const fetchAs = (format: 'mp4' | 'ts') => {
    if (isMarked) void download(stream, { fromS, untilS, format }, work);
  };
  const now = work.value;
  return (
    <section aria-label="A marked time" class="range">
      <button type="button" onClick={() => (marks.value = { ...marks.peek(), fromS: Math.floor(atS) })}>
        Mark the beginning here
      </button>
      <button type="button" onClick={() => (marks.value = { ...marks.peek(), untilS: Math.ceil(atS) })}>
        Mark the end here
      </button>
      <span>{markedText(marks.value)}</span>
      <button type="button" disabled={!isMarked || now.is === 'fetching'} onClick={() => fetchAs('mp4')}>
        Export as MP4
      </button>
      <button type="button" disabled={!isMarked || now.is === 'fetching'} onClick={() => fetchAs('ts')}>
        Export as TS
      </button>
      <button type="button" disabled={!isMarked} onClick={() => isMarked && protect(stream, fromS, untilS, onKept)}>
        Protect …
      </button>
      {now.is === 'fetching' && (
        <>
          <progress aria-label="Export" value={shareDone(now.progress)} />
          <span>{progressText(now.progress, bytesText)}</span>
          <button type="button" onClick={now.stop}>
            Stop
          </button>
        </>
      )}
      <span role="status" class={now.is === 'failed' ? 'bad' : 'dim'}>
        {(now.is === 'done' || now.is === 'failed') && now.says}
      </span>
    </section>
  );
}

function markedText({ fromS, untilS }: Marks): string {
  const text = (s: number | undefined) => (s === undefined ? '…' : new Date(s * 1000).toLocaleString());
  if (fromS === undefined && untilS === undefined) return 'no time is marked';
  const isWrong = fromS !== undefined && untilS !== undefined && untilS <= fromS;
  const span =
    fromS === undefined || untilS === undefined
      ? ''
      : isWrong
        ? ': the end is before the beginning'
        : ` (${spanText(1000 * (untilS - fromS))})`;
  return `${text(fromS)} to ${text(untilS)}${span}`;
}

function protect(stream: string, fromS: number, untilS: number, onKept: () => void): void {
  change({
    title: `Protect this time of ${stream}`,
    consequences: `Its recordings from ${new Date(fromS * 1000).toLocaleString()} to ${new Date(untilS * 1000).toLocaleString()} are kept, whatever their age and size, until they are released. Only the reserve of a disk goes before it.`,
    noteLabel: 'Why',
    path: `/api/v1/archive/${inPath(stream)}/keep`,
    body: (note) => ({ from: fromS, duration: untilS - fromS, note }),
    onDone: onKept,
  });
}

async function download(
  stream: string,
  wish: { fromS: number; untilS: number; format: 'mp4' | 'ts' },
  work: Signal<Work>,
): Promise<void> {
  const abort = new AbortController();
  const say = (progress: Progress) => {
    work.value = { is: 'fetching', progress, stop: () => abort.abort() };
  };
  say({ bytes: 0, allBytes: undefined });
  try {
    // The length of the segments is known before the first is read; that of an MP4 is about the same.
    const head = await fetch(playedPath(stream, exportLeaf(wish, 'ts')), { method: 'HEAD', signal: abort.signal });
    const allBytes = Number(head.headers.get('Content-Length')) || undefined;
    const response = await fetch(playedPath(stream, exportLeaf(wish, wish.format)), { signal: abort.signal });
    if (!response.ok) throw new Error(await errorOf(response));
    let [file, pieces, bytes, inFile]: [Blob, BlobPart[], number, number] = [new Blob(), [], 0, 0];
    const reader = response.body?.getReader();
    for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
      pieces.push(piece.value);
      bytes += piece.value.length;
      say({ bytes, allBytes });
      if (bytes - inFile < IN_MEMORY_BYTES) continue;
      // A browser keeps what is in a blob on its disk.
      [file, pieces, inFile] = [new Blob([file, ...pieces]), [], bytes];
    }
    save(new Blob([file, ...pieces], { type: 'application/octet-stream' }), fileName(stream, wish));
    work.value = { is: 'done', says: `${bytesText(bytes)} are saved as ${fileName(stream, wish)}` };
  } catch (error) {
    const says = abort.signal.aborted
      ? 'the export was stopped'
      : `the export has failed: ${error instanceof Error ? error.message : error}`;
    work.value = { is: 'failed', says };
  }
}

async function errorOf(response: Response): Promise<string> {
  const said = (await response.json().catch(() => ({}))) as { readonly error?: string };
  return said.error ?? response.statusText;
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
