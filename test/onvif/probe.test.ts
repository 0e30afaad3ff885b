import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Answers } from '../../src/onvif/answers.ts';
import { probes, readAnswer } from '../../src/onvif/probe.ts';
import { readXml, textAt } from '../../src/onvif/xml.ts';
import { probeMatch } from '../support/onvif-camera.ts';
import { suite } from '../support/suite.ts';

const test = suite('onvif/probe');

const ID = 'urn:uuid:0f5d604c-81ac-4abc-8010-51dbffad55f2';
const IDS = new Set([ID]);
const SENDER = '10.1.1.7';
const URL_HERE = 'http://10.1.1.7/onvif/device_service';
const read = (text: string, sender = SENDER) => readAnswer(text, sender, IDS);
const nothingSaid = { name: '', maker: '', hardware: '', location: '' };

test('both questions are well-formed, and each has its own id', () => {
  const questions = probes(['urn:uuid:1', 'urn:uuid:2']).map((text) => readXml(text));
  assert.equal(
    questions.map((each) => [textAt(each, 'Header', 'MessageID'), textAt(each, 'Body', 'Probe', 'Types')]),
    [
      ['urn:uuid:1', 'p:NetworkVideoTransmitter'],
      ['urn:uuid:2', 'p:Device'],
    ],
  );
});

test('of several addresses the one of the sender is taken, scopes are read as they were written', () => {
  const named = `http://[fe80::2a57:beff:fe01:2]/onvif/device_service http://169.254.3.4/onvif/device_service ${URL_HERE}`;
  const scopes =
    'onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/Name/Tor%20S%C3%BCd onvif://www.onvif.org/hardware/100%25 onvif://www.onvif.org/manufacturer/%E0%A4%A';
  assert.equal(read(probeMatch(ID, named, scopes)), [
    { ...{ address: SENDER, url: URL_HERE }, name: 'Tor Süd', maker: '%E0%A4%A', hardware: '100%', location: '' },
  ]);
  const [six] = read(probeMatch(ID, 'http://[FD00:0::7]:8080/x'), 'fd00::7');
  assert.is(six?.url, 'http://[fd00::7]:8080/x');
});

test('other makers write it with other prefixes, white space, and several cameras in one answer', () => {
  const match = (url: string) =>
    `<ns:ProbeMatch>\n<ns:Types>\n tdn:NetworkVideoTransmitter tds:Device </ns:Types><ns:Scopes/><ns:XAddrs>\n\t${url}\n</ns:XAddrs></ns:ProbeMatch>`;
  const text =
    `<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Header><x:RelatesTo xmlns:x="urn:x">\n${ID}\n</x:RelatesTo></Header>` +
    `<Body><ns:ProbeMatches xmlns:ns="urn:y">${match(URL_HERE)}${match('https://10.1.1.7:8443/two?x=1')}</ns:ProbeMatches></Body></Envelope>`;
  assert.equal(read(text), [
    { address: SENDER, url: URL_HERE, ...nothingSaid },
    { address: SENDER, url: 'https://10.1.1.7:8443/two?x=1', ...nothingSaid },
  ]);
});

test('an address of another host, a name, or no HTTP is not taken, and it is said where it leads', () => {
  for (const url of [
    'http://10.6.6.6/onvif/device_service',
    'http://10.1.1.7@10.6.6.6/',
    'http://10.1.1.7.example.org/',
    'http://camera.local/onvif/device_service',
    'http://[::ffff:10.1.1.7]/',
    'ftp://10.1.1.7/',
    'file:///etc/passwd',
    'gopher://10.1.1.7:70/',
    `http://10.1.1.7/${'x'.repeat(600)}`,
    'http://',
  ]) {
    const [camera] = read(probeMatch(ID, url));
    assert.equal([camera?.url, camera?.address], [undefined, SENDER], url);
    assert.match(camera?.remark ?? '', 'It answers from 10.1.1.7 and says that it is asked at');
  }
  // A number may be written in other ways, and is the same host then; a user in it is not sent.
  assert.is(read(probeMatch(ID, 'http://u:p@0x0a.1.1.7:80/onvif/device_service'))[0]?.url, URL_HERE);
});

test('an answer to another question, and one of another device, is none', () => {
  assert.equal(read(probeMatch('urn:uuid:other', URL_HERE)), []);
  assert.equal(read(probeMatch('', URL_HERE)), []);
  assert.equal(
    read(probeMatch(ID, URL_HERE, 'ldap:///x').replaceAll('NetworkVideoTransmitter', 'PrintDeviceType')),
    [],
  );
});

test('texts are one short line without what a terminal or a page obeys', () => {
  const evil = encodeURIComponent(`a\u001b[2J\u202eb\n\u0000c ${'x'.repeat(300)}`);
  const [camera] = read(probeMatch(ID, URL_HERE, `onvif://www.onvif.org/name/${evil}`));
  assert.match(camera?.name ?? '', /^a \[2J b c x+$/);
  assert.is(camera?.name.length, 100);
});

test('rubbish, and answers that were changed anywhere, never throw', () => {
  const answer = probeMatch(ID, URL_HERE);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, sender) => void read(text, sender)));
  fc.assert(
    fc.property(fc.nat(answer.length), fc.nat(30), fc.string({ maxLength: 8 }), (at, length, text) => {
      read(answer.slice(0, at) + text + answer.slice(at + length));
    }),
  );
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      (xaddrs, scopes) => void read(probeMatch(ID, `<![CDATA[${xaddrs}]]>`, `onvif://www.onvif.org/name/${scopes}`)),
    ),
  );
});

test('of ten thousand answers only so many are read: of one sender, and of all', () => {
  const own = new Answers([ID]);
  for (let number = 0; number < 10_000; number += 1) {
    own.take(Buffer.from(probeMatch(ID, `http://10.1.1.7:${number + 1}/`)), SENDER);
  }
  own.take(Buffer.from(probeMatch(ID, 'http://10.1.1.8/')), '10.1.1.8');
  assert.equal([own.cameras.length, own.isFull, own.has('10.1.1.8')], [9, false, true], 'another camera has its place');

  const limits = { cameras: 20, answers: 30, answersOfOne: 8, bytes: 2000 };
  const many = new Answers([ID], limits);
  for (let number = 0; number < 10_000; number += 1) {
    const address = `10.1.${number >> 8}.${number & 255}`;
    many.take(Buffer.from(probeMatch(ID, `http://${address}/`)), address);
  }
  assert.equal([many.cameras.length, many.isFull], [20, true]);
  assert.equal(many.remarks, ['More answered than is read (20 cameras, 30 answers): the rest is left out.']);
  const rubbish = new Answers([ID], limits);
  for (let number = 0; number < 100; number += 1) rubbish.take(Buffer.from('<x'), `10.1.1.${number}`);
  assert.equal([rubbish.cameras, rubbish.isFull], [[], true]);
  const large = new Answers([ID], limits);
  large.take(Buffer.from(probeMatch(ID, URL_HERE) + ' '.repeat(2000)), SENDER);
  assert.equal(large.cameras, []);
});

test.run();
