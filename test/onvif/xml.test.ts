import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { childrenOf, elementAt, escaped, firstWithin, readXml, textAt } from '../../src/onvif/xml.ts';
import { probeMatch } from '../support/onvif-camera.ts';
import { suite } from '../support/suite.ts';

const test = suite('onvif/xml');

test('elements are known by their names without prefixes, text by all ways in which it is written', () => {
  const root = readXml(
    '<?xml version="1.0"?><!-- x --><a:r xmlns:a="urn:a"><b k="1" a:t="x&amp;y"> one &lt;&#65;&#x42; </b><a:b><![CDATA[<two>]]></a:b><c><d>deep</d></c></a:r>',
  );
  assert.equal([root?.name, childrenOf(root, 'b').map(({ text }) => text)], ['r', [' one <AB ', '<two>']]);
  assert.equal(
    [...(elementAt(root, 'b')?.attributes ?? [])],
    [
      ['k', '1'],
      ['t', 'x&y'],
    ],
  );
  assert.equal(
    [textAt(root, 'c', 'd'), textAt(root, 'c', 'none', 'd'), firstWithin(root, 'd')?.text],
    ['deep', '', 'deep'],
  );
  const odd = `a&<>"'é\u{1F3A5}`;
  assert.is(readXml(`<x>${escaped(odd)}</x>`)?.text, odd);
});

test('what declares entities, is not well-formed, or is larger than an answer is not read', () => {
  const bombs = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><r>&b;</r>';
  const file = '<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>';
  const deep = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels);
  const wide = (elements: number) => `<r>${'<a/>'.repeat(elements)}</r>`;
  for (const text of [
    bombs,
    file,
    '<r>&nbsp;</r>',
    '<r>&a;</r>',
    '<r>',
    '<r></s>',
    '',
    'no',
    deep(33),
    wide(10_000),
    '<r/><r/>',
  ]) {
    assert.is(readXml(text), undefined, text.slice(0, 80));
  }
  assert.ok(readXml(deep(32)));
  assert.ok(readXml(wide(9_999)));
  assert.is(readXml(deep(100_000)), undefined);
});

test('names that mean something in JavaScript are names', () => {
  const root = readXml('<__proto__ constructor="1" __proto__="2"><toString>x</toString></__proto__>');
  assert.equal([root?.name, textAt(root, 'toString'), textAt(root, 'valueOf')], ['__proto__', 'x', '']);
});

test('rubbish, and answers that were changed anywhere, never throw', () => {
  const answer = probeMatch('urn:uuid:1', 'http://10.1.1.7/onvif/device_service');
  const pieces = fc.constantFrom(
    '<',
    '>',
    '</',
    '/>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '&',
    ';',
    '&#x0;',
    '&#1114112;',
    '"',
    "'",
    '=',
    ':',
    '\0',
    '\ufeff',
    '<?',
    '?>',
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readXml(text)));
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 }))), (parts) => void readXml(parts.join(''))),
  );
  fc.assert(
    fc.property(fc.nat(answer.length), fc.nat(40), fc.array(pieces, { maxLength: 4 }), (at, length, parts) => {
      readXml(answer.slice(0, at) + parts.join('') + answer.slice(at + length));
    }),
  );
});

test.run();
