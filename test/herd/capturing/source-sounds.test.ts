import * as assert from 'uvu/assert';
import { SourceSounds } from '../../../src/herd/capturing/source-sounds.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/capturing/source-sounds');

const CAM = streamName('cam1');

test('it is known by stream and URL, what was told last counts, and goes with the stream', () => {
  const sounds = new SourceSounds();
  sounds.note(CAM, 'rtsp://camera/1', 'aac');
  sounds.note(CAM, 'rtsp://camera/1', 'opus');
  assert.is(sounds.of(CAM, 'rtsp://camera/1'), 'opus');
  assert.is(sounds.of(CAM, 'rtsp://camera/2'), undefined, 'another source begins unknown');
  assert.is(sounds.of(streamName('cam2'), 'rtsp://camera/1'), undefined);
  sounds.forget(CAM);
  assert.is(sounds.of(CAM, 'rtsp://camera/1'), undefined);
});

test('the number of remembered sources is bounded, however many come and go', () => {
  const sounds = new SourceSounds();
  const known = () => Array.from({ length: 1000 }, (_, index) => sounds.of(CAM, `${index}`)).filter(Boolean).length;
  for (let index = 0; index < 1000; index++) sounds.note(CAM, `${index}`, 'opus');
  assert.ok(known() <= 32, `${known()}`);
  assert.is(sounds.of(CAM, '999'), 'opus');
});

test.run();
