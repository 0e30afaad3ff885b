import * as assert from 'uvu/assert';
import { captureChanged, profileInForce } from '../../../src/domain/definition/capture-settings.ts';
import type { TranscoderProfile } from '../../../src/domain/definition/stream-definition.ts';
import { DEFINITION } from '../../support/stream-world.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/definition/capture-settings');

const full: TranscoderProfile = { video: 'h264', videoKbps: 2048, size: { width: 1280, height: 720 }, audio: 'aac' };
const small: TranscoderProfile = { video: 'h264', videoKbps: 512, audio: 'copy' };
const pinned = { ...DEFINITION, captureAt: 's01', transcoder: full, backupTranscoder: small };

test('the backup profile is in force only away from the capture_at host, if one is set', () => {
  assert.is(profileInForce(pinned, 's01'), full);
  assert.is(profileInForce(pinned, 's02'), small);
  assert.is(profileInForce({ ...DEFINITION, transcoder: full, backupTranscoder: small }, 's02'), full);
});

test('without a backup profile the ordinary one is in force everywhere', () => {
  assert.is(profileInForce({ ...DEFINITION, captureAt: 's01', transcoder: full }, 's02'), full);
  assert.is(profileInForce(DEFINITION, 's02'), undefined);
});

test('only inputs and the profile in force matter to a capture', () => {
  assert.ok(captureChanged(pinned, { ...pinned, inputs: ['rtsp://b'] }, 's01'));
  assert.ok(captureChanged(pinned, { ...pinned, inputs: [...pinned.inputs, 'rtsp://b'] }, 's01'));
  assert.ok(captureChanged(pinned, { ...pinned, captureAt: 's02' }, 's01'));
  assert.ok(captureChanged(pinned, { ...pinned, transcoder: { ...full, size: { width: 640, height: 360 } } }, 's01'));
});

test('no other change causes a gap', () => {
  const { transcoder: _, ...copied } = pinned;
  assert.not(captureChanged(pinned, structuredClone(pinned), 's01'));
  assert.not(captureChanged(pinned, { ...pinned, title: 'x', weight: 3, dvr: { keepMs: 1 } }, 's01'));
  assert.not(captureChanged(pinned, { ...pinned, backupTranscoder: full }, 's01'), 'it is not in force here');
  assert.not(captureChanged(pinned, copied, 's02'), 'it is not in force there');
});

test.run();
