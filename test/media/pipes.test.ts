import '../support/fixed-seed.ts';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { LineReader, LineTail, MAX_LINE_LENGTH, MAX_TAIL_LINES } from '../../src/media/ffmpeg/line-reader.ts';
import { ProgressReader } from '../../src/media/ffmpeg/progress.ts';
import { SegmentPlaylistReader } from '../../src/media/segment-playlist.ts';
import { ANY_CHARACTER } from '../support/any-character.ts';
import { suite } from '../support/suite.ts';

const test = suite('media/pipes');

const PROGRESS = `fps=25.00
stream_0_0_q=-1.0
bitrate=N/A
total_size=N/A
out_time_us=N/A
out_time_ms=N/A
speed=N/A
progress=continue
bitrate= 812.4kbits/s
total_size=203040
out_time_us=2182678
out_time_ms=2182678
out_time=00:00:02.182678
speed=1.01x
progress=continue
out_time_us=-577014322770000
progress=end
`;
const REPORTS = [{}, { bitrateKbps: 812.4, totalBytes: 203040, outTimeMs: 2182.678, speed: 1.01 }, {}];

const PLAYLISTS = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:1
#EXT-X-MEDIA-SEQUENCE:100
#EXTINF:1.005322,
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T13:14:01.630+0000
7-100.ts
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:101
#EXTINF:2.000000,
7-101.ts
`;
const SEGMENTS = [
  { number: 100, durationMs: 1005, fileName: '7-100.ts', programDateTimeMs: Date.UTC(2026, 10, 22, 13, 14, 1, 630) },
  { number: 101, durationMs: 2000, fileName: '7-101.ts' },
];

interface Reader<T> {
  push(chunk: Uint8Array): readonly T[];
}

/** `text` cut at arbitrary bytes. */
function chunked(text: string): fc.Arbitrary<readonly Buffer[]> {
  const bytes = Buffer.from(text);
  return fc.array(fc.nat(bytes.length), { maxLength: 40 }).map((cuts) => {
    const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
    return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
  });
}

function readAll<T>(reader: Reader<T>, chunks: readonly Uint8Array[]): readonly T[] {
  return chunks.flatMap((chunk) => reader.push(chunk));
}

test('progress: the same reports however the pipe is chunked', () => {
  fc.assert(fc.property(chunked(PROGRESS), (chunks) => assert.equal(readAll(new ProgressReader(), chunks), REPORTS)));
});

test('segments: the same announcements however the pipe is chunked', () => {
  fc.assert(
    fc.property(chunked(PLAYLISTS), (chunks) => assert.equal(readAll(new SegmentPlaylistReader(), chunks), SEGMENTS)),
  );
});

test('lines: the same lines however the pipe is chunked, with characters of several bytes', () => {
  const line = fc.string({ unit: ANY_CHARACTER, maxLength: 30 }).map((text) => text.replace(/[\r\n\uFFFD]/g, ''));
  const lines = fc.array(line, { maxLength: 10 });
  fc.assert(
    fc.property(
      lines.chain((all) => fc.tuple(fc.constant(all), chunked(all.map((text) => `${text}\n`).join('')))),
      ([all, chunks]) => assert.equal(readAll(new LineReader(), chunks), all),
    ),
  );
});

test('garbage never throws, and no report is read from it', () => {
  const bytes = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 });
  fc.assert(
    fc.property(bytes, (chunks) => {
      for (const segment of readAll(new SegmentPlaylistReader(), chunks)) {
        assert.ok(Number.isSafeInteger(segment.number) && segment.durationMs >= 0);
      }
      for (const report of readAll(new ProgressReader(), chunks)) assert.ok((report.outTimeMs ?? 0) >= 0);
    }),
  );
});

test('after garbage the next segment is read', () => {
  const text = fc.string().map((junk) => `${junk}\n${PLAYLISTS}`);
  fc.assert(
    fc.property(text, (junk) => {
      assert.equal(readAll(new SegmentPlaylistReader(), [Buffer.from(junk)]).slice(-2), SEGMENTS);
    }),
  );
});

test('a file name cannot lead out of its folder', () => {
  const announced = new SegmentPlaylistReader().push(
    Buffer.from('#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:1,\n../../etc/7-1.ts\n'),
  );
  assert.is(announced[0]?.fileName, '7-1.ts');
});

test('a line without end takes no more than its limit, and the next line is whole', () => {
  const reader = new LineReader();
  for (let n = 0; n < 1000; n += 1) assert.equal(reader.push(Buffer.alloc(1000, 'x')), []);
  const [long, next] = reader.push(Buffer.from('x\nnext\n'));
  assert.is(long?.length, MAX_LINE_LENGTH);
  assert.is(next, 'next');
});

test('at the end of a pipe the last line is given, also without a line end', () => {
  const reader = new LineReader();
  reader.push(Buffer.from('one\ntwo'));
  assert.equal(reader.end(), ['two']);
  assert.equal(reader.end(), []);
});

test('the tail keeps the last lines', () => {
  const tail = new LineTail();
  for (let n = 1; n <= MAX_TAIL_LINES + 50; n += 1) tail.push(`line ${n}`);
  assert.is(tail.lines.length, MAX_TAIL_LINES);
  assert.is(tail.lines[0], 'line 51');
  assert.is(tail.lines.at(-1), `line ${MAX_TAIL_LINES + 50}`);
});

test.run();
