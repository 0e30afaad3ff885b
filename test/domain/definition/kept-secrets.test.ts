import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { hidesSecret, wholeInputs } from '../../../src/domain/definition/kept-secrets.ts';
import { shownPushUrl } from '../../../src/domain/definition/push-url.ts';
import { scrubUrl } from '../../../src/domain/text/secrets.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/definition/kept-secrets');

const MAIN = 'rtsp://admin:first@10.1.1.7/main';
const SUB = 'rtsp://admin:second@10.1.1.7/sub';
const TOKEN = 'http://10.1.1.8/x?token=third';
const seen = (...urls: readonly string[]) => urls.map(scrubUrl);

test('inputs that come back as they were shown are what they were, in any order, beside new ones', () => {
  const before = [MAIN, SUB, TOKEN];
  assert.equal(wholeInputs(seen(MAIN, SUB, TOKEN), before), { ok: true, inputs: before });
  assert.equal(wholeInputs(seen(TOKEN, MAIN), before), { ok: true, inputs: [TOKEN, MAIN] });
  const added = 'rtsp://admin:new@10.1.1.9/x';
  assert.equal(wholeInputs([added, ...seen(SUB), 'test:'], before), { ok: true, inputs: [added, SUB, 'test:'] });
});

test('a push is shown without its key, and keeps it', () => {
  const push = 'rtmp://live.example/app/key';
  assert.equal(wholeInputs([shownPushUrl(push)], [push], shownPushUrl), { ok: true, inputs: [push] });
  assert.equal(wholeInputs(['rtmp://other.example/***'], [push], shownPushUrl), { ok: false, unknown: [0] });
});

test('a secret is joined to no other host, path, user, port or scheme', () => {
  for (const changed of [
    'rtsp://admin:***@10.6.6.6/main',
    'rtsp://admin:***@10.1.1.7/sub',
    'rtsp://root:***@10.1.1.7/main',
    'rtsp://admin:***@10.1.1.7:8554/main',
    'rtsps://admin:***@10.1.1.7/main',
    'rtsp://admin:***@10.1.1.7/main?x=***@10.6.6.6',
    'rtsp://***@10.1.1.7/main',
    'rtsp://10.6.6.6/?key=***',
  ]) {
    assert.equal(wholeInputs(['test:', changed], [MAIN]), { ok: false, unknown: [1] }, changed);
  }
  assert.equal(wholeInputs(seen(MAIN), []), { ok: false, unknown: [0] }, 'a new stream keeps nothing');
});

test('inputs that look the same without their secrets keep their order, and one of them alone is not guessed', () => {
  const [one, other] = ['rtsp://admin:first@10.1.1.7/x', 'rtsp://admin:second@10.1.1.7/x'];
  const both = seen(one, other);
  assert.equal(wholeInputs(['test:', ...both], [one, other]), { ok: true, inputs: ['test:', one, other] });
  assert.equal(wholeInputs(both.slice(1), [one, other]), { ok: false, unknown: [0] });
  assert.equal(wholeInputs(both, [one, one]), { ok: true, inputs: [one, one] });
  assert.equal(wholeInputs(both.slice(1), [one, one]), { ok: true, inputs: [one] });
});

test('whatever comes back, what is put is an input of before or what came', () => {
  const part = fc.constantFrom('a', 'b', '***');
  const url = fc.tuple(part, part, part).map(([user, password, host]) => `rtsp://${user}:${password}@h${host}/x`);
  const urls = fc.array(url, { maxLength: 4 });
  fc.assert(
    fc.property(urls, urls, (inputs, before) => {
      const whole = wholeInputs(inputs, before);
      if (!whole.ok) return whole.unknown.every((index) => hidesSecret(inputs[index] ?? ''));
      return whole.inputs.every((put, index) => {
        const came = inputs[index] ?? '';
        return put === came
          ? !hidesSecret(came) || before.includes(came)
          : before.includes(put) && scrubUrl(put) === came;
      });
    }),
  );
});

test.run();
