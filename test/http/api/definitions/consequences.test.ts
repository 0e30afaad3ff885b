import * as assert from 'uvu/assert';
import type { StreamDefinition } from '../../../../src/domain/definition/stream-definition.ts';
import type { StreamStatus } from '../../../../src/domain/status.ts';
import { consequencesOf } from '../../../../src/http/api/definitions/consequences.ts';
import { DEFINITION } from '../../../support/stream-world.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('http/api/definitions/consequences');

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;
const status: StreamStatus = { name: 'cam1', state: 'live', server: 's01', why: 'a test' };
const earlier: StreamDefinition = { ...DEFINITION, dvr: { keepMs: 7 * DAY_MS, maxBytes: 1000 * MIB } };
const changeOf = (after: Partial<StreamDefinition>, before = earlier, more: Partial<StreamStatus> = {}) =>
  consequencesOf({ status: { ...status, ...more }, definition: before, revision: 1 }, { ...before, ...after });

test('a new stream is captured, unless it is disabled', () => {
  assert.equal(consequencesOf(undefined, DEFINITION), {
    action: 'create',
    consequences: ['A server takes it within seconds, and captures it.'],
  });
  assert.match(
    consequencesOf(undefined, { ...DEFINITION, disabled: true }).consequences[0] ?? '',
    /^It is defined, and no/,
  );
  const unread = { status, revision: 3 };
  assert.is(consequencesOf(unread, DEFINITION).action, 'update', 'no earlier definition could be read');
});

test('the same definition changes nothing, unless a bad one stands in the bucket', () => {
  assert.is(changeOf({}).action, 'leave');
  assert.is(changeOf({ appliedFrom: [] }, { ...earlier, appliedFrom: ['s01'] }).action, 'leave');
  assert.is(changeOf({}, earlier, { refused: 'expected a source' }).action, 'update');
});

test('it is said what a change does to the capture, the home, the recordings and the file', () => {
  const said = (...args: Parameters<typeof changeOf>) => changeOf(...args).consequences;
  assert.equal(said({ title: 'Gate' }), ['Its capture goes on as it is.']);
  assert.match(said({ inputs: ['rtsp://b/x'] })[0] ?? '', /^Its capture begins anew: about a second is not recorded/);
  assert.equal(said({ inputs: ['rtsp://b/x'] }, earlier, { server: undefined } as never), [
    'Its capture goes on as it is.',
  ]);
  assert.match(said({ disabled: true })[0] ?? '', /^Its capture ends/);
  assert.match(said({ disabled: false }, { ...earlier, disabled: true })[0] ?? '', /^A server takes it/);
  assert.match(said({ captureAt: 's02' })[1] ?? '', /^It moves to s02/);
  assert.match(said({ captureAt: 's01' })[1] ?? '', /^It stays on s01/);
  assert.equal(said({ dvr: { keepMs: DAY_MS, maxBytes: 500 * MIB } }).slice(1), [
    'Recordings that are older than 1d are removed.',
    'The oldest recordings are removed until they take at most 500M on each server.',
  ]);
  assert.equal(said({ dvr: { keepMs: 8 * DAY_MS } }), ['Its capture goes on as it is.'], 'wider bounds remove nothing');
  const { dvr: _, ...unrecorded } = earlier;
  assert.equal(changeOf(earlier, unrecorded).consequences[1], 'It is recorded from now on.');
  const stops = consequencesOf({ status, definition: earlier, revision: 1 }, unrecorded);
  assert.match(stops.consequences[1] ?? '', /^Nothing is recorded from now on/);
  assert.match(
    said({ title: 'x' }, { ...earlier, appliedFrom: ['s01'] })[1] ?? '',
    /by the configuration file of s01, which no longer/,
  );
});

test.run();
