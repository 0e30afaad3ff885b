import * as assert from 'uvu/assert';
import { LowLatencyWindow } from '../../../src/media/low-latency/low-latency-window.ts';
import type { Part } from '../../../src/media/low-latency/part-cutter.ts';
import { parsePartName } from '../../../src/media/low-latency/part-name.ts';
import { highestNumber, mediaPlaylistText, newestNumber } from '../../../src/media/playlist.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/low-latency/low-latency-window');

const UNIX_MS = 1_700_000_000_000;

/** A window and the time that passes for it. */
class Room {
  readonly window = new LowLatencyWindow({ segmentMs: 1000, window: 3 });
  nowMs = 0;

  begin(epoch: number, startNumber: number): void {
    this.window.begin({ stream: 'cam', epoch, startNumber });
  }

  part(more: Partial<Part> = {}): void {
    const part = { bytes: Buffer.from('x'), durationMs: 500, isIndependent: false, ...more };
    this.nowMs += part.durationMs;
    this.window.addPart(part, UNIX_MS + this.nowMs);
  }

  segment(parts = 2): void {
    for (let part = 0; part < parts; part += 1) this.part({ isIndependent: part === 0 });
    this.window.closeSegment(this.nowMs);
  }

  written(epoch: number, number: number, discontinuities: number): void {
    this.window.written({ epoch, number, discontinuities }, this.nowMs);
  }

  get list() {
    const list = this.window.playlist();
    if (list === undefined) throw new Error('nothing is listed');
    return list;
  }
}

test('closed segments are listed with their parts, and so is what there is of the next one', () => {
  const room = new Room();
  room.begin(7, 100);
  room.segment();
  assert.is(room.window.playlist(), undefined, 'its place among the discontinuities is not known yet');
  room.written(7, 100, 5);
  room.part({ isIndependent: true });
  assert.is(
    mediaPlaylistText(room.list),
    `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.500
#EXT-X-PART-INF:PART-TARGET=0.500
#EXT-X-MEDIA-SEQUENCE:100
#EXT-X-DISCONTINUITY-SEQUENCE:4
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z
#EXT-X-PART:DURATION=0.500,URI="low-7-100-0.ts",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.500,URI="low-7-100-1.ts"
#EXTINF:1.000,
low-7-100.ts
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:21.000Z
#EXT-X-PART:DURATION=0.500,URI="low-7-101-0.ts",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="low-7-101-1.ts"
`,
  );
  assert.is(room.list, room.list, 'the same object until it changes');
});

test('parts are listed of the newest segments alone; what left the list can be had for a while', () => {
  const room = new Room();
  room.begin(1, 100);
  room.written(1, 100, 1);
  for (let count = 0; count < 20; count += 1) room.segment();
  const { segments, firstNumber } = room.list;
  assert.is(newestNumber(room.list), 119);
  assert.ok(segments.length >= 6 && segments.length <= 8);
  assert.ok(segments.every(({ parts }) => parts?.length === 2));
  assert.ok(room.window.find({ epoch: 1, number: firstNumber - 1 }));
  room.nowMs += 60_000;
  room.window.expire(room.nowMs);
  assert.is(room.window.find({ epoch: 1, number: firstNumber - 1 }), undefined);
  assert.ok(room.window.find({ epoch: 1, number: firstNumber }));
});

test('a segment is its parts one after the other; the next part is known as such, and no other', () => {
  const room = new Room();
  room.begin(1, 100);
  for (const text of ['a', 'b']) room.part({ bytes: Buffer.from(text) });
  assert.is(room.window.find({ epoch: 1, number: 100 }), undefined, 'it is not whole');
  assert.is(`${room.window.find({ epoch: 1, number: 100, part: 1 })}`, 'b');
  assert.ok(room.window.isNext({ epoch: 1, number: 100, part: 2 }));
  room.window.closeSegment(room.nowMs);
  assert.is(`${room.window.find({ epoch: 1, number: 100 })}`, 'ab');
  assert.is(`${room.window.find({ epoch: 1, number: 100, part: 0 })}`, 'a');
  assert.ok(room.window.isNext({ epoch: 1, number: 101, part: 0 }));
  for (const part of [1, 2]) assert.not.ok(room.window.isNext({ epoch: 1, number: 101, part }));
  assert.not.ok(room.window.isNext({ epoch: 1, number: 101 }));
  assert.not.ok(room.window.isNext({ epoch: 2, number: 101, part: 0 }));
});

test('another run goes on above what was listed, after a discontinuity', () => {
  const room = new Room();
  room.begin(1, 100);
  room.written(1, 100, 1);
  room.segment();
  room.part();
  room.window.closeSegment(room.nowMs);
  // ffmpeg wrote one segment in that time, so the next run begins at 101.
  room.begin(1, 101);
  room.segment();
  assert.is(newestNumber(room.list), 101, 'how many discontinuities stand before it is not known yet');
  room.written(1, 101, 2);
  assert.is(newestNumber(room.list), 102);
  assert.equal(
    room.list.segments.map(({ discontinuity }) => discontinuity),
    [true, false, true],
  );
  assert.is(room.list.discontinuitySequence, 0);
});

test('a run of another epoch begins a new list, whose count goes on', () => {
  const room = new Room();
  room.begin(1, 100);
  room.written(1, 100, 9);
  room.segment();
  room.begin(2, 140);
  room.segment();
  room.written(1, 101, 9);
  assert.is(room.window.epoch, 1, 'what the old capture wrote says nothing of the new one');
  room.written(2, 140, 12);
  assert.is(room.window.epoch, 2);
  assert.is(room.list.firstNumber, 140);
  assert.is(room.list.discontinuitySequence, 11);
});

test('a worker that begins again goes on above what may have been listed', () => {
  const room = new Room();
  room.written(1, 120, 3);
  room.begin(1, 100);
  room.segment();
  assert.is(room.list.firstNumber, 122);
  assert.is(highestNumber(room.list), 123);
});

test('what one stream keeps in memory has a maximum', () => {
  const room = new Room();
  room.begin(1, 100);
  room.written(1, 100, 1);
  const bytes = Buffer.alloc(8 * 1024 * 1024);
  for (let count = 0; count < 40; count += 1) {
    room.part({ bytes, durationMs: 1000 });
    room.window.closeSegment(room.nowMs);
    room.window.expire(room.nowMs);
  }
  const kept = Array.from({ length: 40 }, (_, index) => room.window.find({ epoch: 1, number: 100 + index }));
  assert.ok(kept.filter((found) => found !== undefined).length <= 9);
  room.segment();
  assert.is(newestNumber(room.list), 140);
});

test('names are read back, and no other is taken for one', () => {
  assert.equal(parsePartName('low-7-100-3.ts'), { epoch: 7, number: 100, part: 3 });
  assert.equal(parsePartName('http://a/cam/low-7-100.ts'), { epoch: 7, number: 100 });
  assert.equal(parsePartName('low-7-100-3.m4s'), { epoch: 7, number: 100, part: 3, view: 'all' });
  assert.equal(parsePartName('low-7-100-audio.m4s'), { epoch: 7, number: 100, view: 'audio' });
  for (const name of [
    '7-100.ts',
    'low-07-100.ts',
    'low-7-100-03.ts',
    'low-7-100-.ts',
    'low-7-100-1.mp4',
    'low-7-100-1-audio.ts',
    'xlow-7-1.ts',
  ]) {
    assert.is(parsePartName(name), undefined, name);
  }
});

test('players keep their distance where some seconds are missing in one part', () => {
  const room = new Room();
  const targetMs = () => room.list.partial?.partTargetMs;
  room.begin(7, 100);
  room.segment();
  room.written(7, 100, 0);
  assert.is(targetMs(), 500);
  room.part({ isIndependent: true, durationMs: 3600 });
  assert.is(targetMs(), 500);
  room.part({ durationMs: 1000 });
  assert.is(targetMs(), 1000, 'two longer ones are how the source is');
});

test.run();
