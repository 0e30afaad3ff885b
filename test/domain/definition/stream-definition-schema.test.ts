import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { formatDefinitionProblem } from '../../../src/domain/definition/definition-problem.ts';
import {
  DEFINITION_WORDS,
  definitionSchema,
  MAX_DEFINITION_LENGTH,
  parseDefinition,
  printDefinition,
} from '../../../src/domain/definition/stream-definition-schema.ts';
import { definitions } from '../../support/definitions.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/definition/stream-definition-schema');

function problemsOf(value: unknown): string[] {
  const result = parseDefinition(typeof value === 'string' ? value : JSON.stringify(value));
  return result.ok ? [] : result.problems.map(formatDefinitionProblem);
}

test('a bare URL is enough', () => {
  const result = parseDefinition('{"url": "rtsp://10.1.1.7/h264"}');
  assert.equal(result, {
    ok: true,
    definition: { inputs: ['rtsp://10.1.1.7/h264'], disabled: false, weight: 1, appliedFrom: [] },
  });
});

test('every word', () => {
  const text = JSON.stringify({
    inputs: ['rtsp://a/1', 'test:'],
    title: 'Gate 3',
    dvr: { keep: '7d', max_bytes: '100G' },
    transcoder: { vb: '2048k', size: '1280x720', fps: 25, gop: '50', preset: 'veryfast', ab: '128k' },
    backup_transcoder: { vcodec: 'hevc', vb: '0.5M', an: true },
    capture_at: 's01',
    disabled: true,
    weight: 2.5,
    applied_from: ['s02', 's01', 's02'],
  });
  const result = parseDefinition(text);
  assert.equal(result, {
    ok: true,
    definition: {
      inputs: ['rtsp://a/1', 'test:'],
      title: 'Gate 3',
      dvr: { keepMs: 604_800_000, maxBytes: 107_374_182_400 },
      transcoder: {
        video: 'h264',
        videoKbps: 2048,
        size: { width: 1280, height: 720 },
        fps: 25,
        gop: 50,
        preset: 'veryfast',
        audio: 'aac',
        audioKbps: 128,
      },
      backupTranscoder: { video: 'hevc', videoKbps: 500, audio: 'none' },
      captureAt: 's01',
      disabled: true,
      weight: 2.5,
      appliedFrom: ['s01', 's02'],
    },
  });
});

test('vb=copy and ab=copy copy', () => {
  const result = parseDefinition('{"url":"test:","transcoder":{"vb":"copy","ab":"copy"}}');
  assert.equal(result.ok && result.definition.transcoder, { video: 'copy', audio: 'copy' });
});

test('every problem has its path, what was expected and the nearest known word', () => {
  assert.equal(problemsOf({ url: 'file:/etc/passwd', wieght: 1, dvr: { keep: '7x', keeep: 1 }, weight: -1 }), [
    'url: expected a source URL that begins with rtsp: rtsps: rtmp: rtmps: srt: udp: rtp: http: https: test:, found "file:/etc/passwd"',
    'dvr.keep: expected a duration like "7d" or "12h", found "7x"',
    'dvr.keeep: expected one of the words keep, max_bytes, found "keeep"; did you mean "keep"?',
    'weight: expected a number above 0, at most 1000, found -1',
    `wieght: expected one of the words ${DEFINITION_WORDS.join(', ')}, found "wieght"; did you mean "weight"?`,
  ]);
});

test('a text that is no definition at all is refused', () => {
  for (const text of ['', '{', 'null', '1', '"x"', '[]', '{}', '{"__proto__":{"url":"test:"}}', '{"inputs":[]}']) {
    assert.is.not(problemsOf(text).length, 0, text);
  }
  assert.is.not(problemsOf({ url: 'test:', inputs: ['test:'] }).length, 0);
  assert.is.not(problemsOf({ url: 'test:', title: 'a\u0000b' }).length, 0);
  assert.is.not(problemsOf(`{"url":"test:","title":"${'x'.repeat(MAX_DEFINITION_LENGTH)}"}`).length, 0);
});

test('words of a transcoder that contradict each other are refused', () => {
  const contradictory = [
    { vcodec: 'copy', size: '640x360' },
    { vb: 'copy', vcodec: 'h264' },
    { vb: 'copy', fps: 25 },
    { vn: true, gop: 50 },
    { vn: true, an: true },
    { an: true, ab: '128k' },
    { an: true, acodec: 'aac' },
    { acodec: 'copy', ab: '128k' },
    { ab: 'copy', acodec: 'aac' },
  ];
  for (const transcoder of contradictory) {
    assert.is(problemsOf({ url: 'test:', transcoder }).length, 1, JSON.stringify(transcoder));
  }
});

test('no problem shows a password, in whatever broken value it stands', () => {
  const secret = fc.stringMatching(/^Zq[a-z/?#"<> ;:]{0,90}9Q$/);
  fc.assert(
    fc.property(secret, fc.constantFrom('rtsp', 'file', 'nats', 'rtp'), (password, scheme) => {
      const url = `${scheme}://user:${password}@host:x/`;
      for (const value of [
        { url },
        { inputs: [url] },
        { capture_at: url },
        { [url]: 1 },
        { dvr: { keep: url } },
        `{"url":"${url}`,
      ]) {
        const problems = problemsOf(value);
        assert.is.not(problems.length, 0);
        assert.not.ok(problems.join('\n').includes(password), problems.join('\n'));
        assert.not.ok(problems.join('\n').includes('Zq'), problems.join('\n'));
      }
    }),
  );
});

test('every definition that is printed is parsed back, and equal definitions have equal texts', () => {
  fc.assert(
    fc.property(definitions, (definition) => {
      const text = printDefinition(definition);
      const result = parseDefinition(text);
      assert.equal(result, { ok: true, definition });
      if (result.ok) assert.is(printDefinition(result.definition), text);
    }),
    { numRuns: 300 },
  );
});

test('any JSON gives a definition or problems', () => {
  const words = fc.constantFrom(...DEFINITION_WORDS, 'x');
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(words, fc.jsonValue())), (value) => {
      const result = parseDefinition(JSON.stringify(value));
      assert.ok(result.ok || result.problems.length > 0);
    }),
  );
});

test('the JSON Schema has every word and refuses others', () => {
  const schema = z.toJSONSchema(definitionSchema, { io: 'input' });
  assert.equal(Object.keys(schema.properties ?? {}), [...DEFINITION_WORDS]);
  assert.is(schema.additionalProperties, false);
});

test.run();
