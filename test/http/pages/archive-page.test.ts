import * as assert from 'uvu/assert';
import { archivePage } from '../../../src/http/pages/archive-page.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/pages/archive-page');

const MARKUP = '"><img src=x onerror="window.hurt=true"></title><script>window.hurt=true</script>';

test('the name of a stream is text on the page, whatever it holds', () => {
  const page = archivePage(MARKUP);
  assert.not.match(page, 'onerror="');
  assert.not.match(page, '<script>window');
});

test('the page is the same for all streams but for the name, and its script is a script', () => {
  const [one, other] = [archivePage('cam01'), archivePage('cam02')];
  assert.is(one.replaceAll('cam01', 'cam02'), other);
  const [, script = ''] = /<script>\n([\s\S]*)<\/script>/.exec(one) ?? [];
  // Made, and not run: a syntax error throws.
  assert.type(new Function(script), 'function');
});

test.run();
