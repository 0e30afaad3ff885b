import * as assert from 'uvu/assert';
import type { CameraProfiles } from '../../../src/domain/cameras/camera.ts';
import { answered, firstRows, hostsIn, inputOf, streamNames, tableOf } from '../../../web/find/found-cameras.ts';
import { suite } from '../../support/suite.ts';

const test = suite('web/find/found-cameras');

const found = (address: string, more = {}) => {
  return {
    ...{ address, url: `http://${address}/`, name: '', maker: '', hardware: '', location: '', streams: [] },
    ...more,
  };
};
const common = { user: 'admin', password: 'word' };
const answer: CameraProfiles = {
  ...{ ok: true, maker: 'Dexter', hardware: 'DX', remarks: [] },
  profiles: [
    { token: 'sub', name: 'Sub', width: 640, height: 360, url: 'rtsp://10.1.1.7/sub' },
    { token: 'main', name: 'Main', width: 1920, height: 1080, url: 'rtsp://10.1.1.7/main' },
  ],
};

test('what can be asked and has no stream is chosen, and only what has answered is in the table', () => {
  const rows = firstRows([
    found('10.1.1.7'),
    found('10.1.1.8', { streams: ['yard'] }),
    { ...found('10.1.1.9'), url: undefined } as never,
    found('10.1.1.10'),
  ]);
  assert.equal(
    rows.map(({ isChosen }) => isChosen),
    [true, false, false, true],
  );
  assert.is(tableOf(rows, streamNames(rows, new Set()), common), '');
  const said = rows.map((row, index) => (index === 0 ? answered(row, answer) : row));
  const names = streamNames(said, new Set());
  assert.is(names[0], 'Dexter-DX', 'it is named by what it has answered');
  assert.is(tableOf(said, names, common), 'stream,input,title\nDexter-DX,rtsp://admin:word@10.1.1.7/main,Dexter DX');
});

test('a profile, a name and a login of its own replace what is proposed; a refusal proposes nothing', () => {
  const [first] = firstRows([found('10.1.1.7', { name: 'Gate' })]);
  assert.ok(first);
  const row = { ...answered(first, answer), token: 'sub', named: 'hall/gate', ownLogin: { user: 'a', password: 'b' } };
  assert.is(inputOf(row, common), 'rtsp://a:b@10.1.1.7/sub');
  assert.equal(streamNames([row], new Set(['hall/gate'])), ['hall/gate']);
  assert.is(inputOf({ ...row, ownLogin: { user: '', password: '' } }, common), 'rtsp://10.1.1.7/sub');
  const refused = answered(first, { ok: false, failure: { kind: 'login', message: 'no' } });
  assert.equal([refused.said, inputOf(refused, common)], [{ is: 'failed', why: 'no' }, undefined]);
});

test('addresses stand between commas, blanks and lines', () => {
  assert.equal(hostsIn(' 10.1.1.7,10.1.1.8:80;\n fd00::7 '), ['10.1.1.7', '10.1.1.8:80', 'fd00::7']);
  assert.equal(hostsIn(' '), []);
});

test.run();
