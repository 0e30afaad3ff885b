import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { cameraTimeMs, makerOf, profilesIn, servicesOf, streamUrlIn } from '../../src/onvif/media.ts';
import { readSoap } from '../../src/onvif/soap.ts';
import type { XmlElement } from '../../src/onvif/xml.ts';
import { soap } from '../support/onvif-camera.ts';
import { suite } from '../support/suite.ts';

const test = suite('onvif/media');

const DEVICE = new URL('http://10.1.1.7:8080/onvif/device_service');

function bodyOf(text: string): XmlElement {
  const answer = readSoap(soap(text), 200);
  assert.ok(answer.ok);
  return answer.body;
}

test('the clock of a camera is read, and a time that is none is not', () => {
  const at = (date: string, time: string) =>
    cameraTimeMs(bodyOf(`<R><S><UTCDateTime><Time>${time}</Time><Date>${date}</Date></UTCDateTime></S></R>`));
  const date = '<Year>2026</Year><Month>2</Month><Day>3</Day>';
  const time = '<Hour>4</Hour><Minute>5</Minute><Second>6</Second>';
  assert.is(at(date, time), Date.UTC(2026, 1, 3, 4, 5, 6));
  assert.is(at(date, ''), undefined);
  assert.is(at(date.replace('2026', '99999'), time), undefined);
  assert.is(at(date.replace('2026', '-1'), time), undefined);
  assert.is(cameraTimeMs(bodyOf('<R/>')), undefined);
});

test('profiles without a token, without a picture, of the same token, and beyond sixteen are left out', () => {
  const profile = (token: string, width = '640') =>
    `<Profiles token="${token}"><Name> N </Name><VideoEncoderConfiguration><Resolution><Width>${width}</Width><Height>x</Height></Resolution></VideoEncoderConfiguration></Profiles>`;
  const read = (...profiles: string[]) =>
    profilesIn(bodyOf(`<GetProfilesResponse>${profiles.join('')}</GetProfilesResponse>`));
  assert.equal(read(profile(''), '<Profiles token="b"/>', profile('a'), profile('a', '320'), profile('x'.repeat(65))), [
    { token: 'a', name: 'N', width: 640 },
  ]);
  assert.is(read(...Array.from({ length: 100 }, (_, number) => profile(`p${number}`))).length, 16);
  for (const width of ['-1', '1e99', 'NaN', '0', ''])
    assert.equal(read(profile('a', width)), [{ token: 'a', name: 'N' }]);
});

test('services are asked at the host of the device, whatever is named', () => {
  const MEDIA = 'http://www.onvif.org/ver10/media/wsdl';
  for (const [named, asked] of [
    ['http://10.1.1.7:81/media?x=1', 'http://10.1.1.7:81/media?x=1'],
    ['https://10.1.1.7/media', 'https://10.1.1.7/media'],
    ['http://10.6.6.6:81/media', 'http://10.1.1.7:8080/media'],
    ['http://10.1.1.7@10.6.6.6/media', 'http://10.1.1.7:8080/media'],
    ['file:///etc/passwd', 'http://10.1.1.7:8080/etc/passwd'],
    ['', DEVICE.href],
    ['::', DEVICE.href],
  ] as const) {
    const service = `<GetServicesResponse><Service><Namespace>${MEDIA}</Namespace><XAddr>${named}</XAddr></Service></GetServicesResponse>`;
    assert.is(servicesOf(bodyOf(service), DEVICE).get(MEDIA)?.href, asked, named);
  }
});

test('whatever stands in an answer, reading it ends, and leads to no other host', () => {
  const text = fc.oneof(
    fc.webUrl(),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('rtsp://x', 'rtsp://a@b:1/', 'rtsps://[::1]/', '//x', '1e9'),
  );
  fc.assert(
    fc.property(text, (said) => {
      const safe = said.replace(/[&<>\p{C}\ufffe\uffff]|\]\]>/gu, '');
      const stream = streamUrlIn(bodyOf(`<GetStreamUriResponse><Uri>${safe}</Uri></GetStreamUriResponse>`), DEVICE);
      if (stream.ok) assert.is(new URL(stream.url).hostname, DEVICE.hostname);
      const services = `<GetServicesResponse><Service><Namespace>n</Namespace><XAddr>${safe}</XAddr></Service></GetServicesResponse>`;
      assert.is(servicesOf(bodyOf(services), DEVICE).get('n')?.hostname, DEVICE.hostname);
      makerOf(bodyOf(`<GetDeviceInformationResponse><Model>${safe}</Model></GetDeviceInformationResponse>`));
      cameraTimeMs(bodyOf(`<UTCDateTime><Date><Year>${safe}</Year></Date></UTCDateTime>`));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(599), (rubbish, status) => void readSoap(rubbish, status)),
  );
});

test.run();
