import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { bestProfile, namesFor, profileText, proposalTable, withLogin } from '../../../src/domain/cameras/proposal.ts';
import { sourceUrlProblem } from '../../../src/domain/definition/source-url.ts';
import { streamNameProblem } from '../../../src/domain/definition/stream-name.ts';
import { scrubUrl } from '../../../src/domain/text/secrets.ts';
import { columnsOf, streamOfLine } from '../../../src/http/api/definitions/csv/csv-streams.ts';
import { parseCsv } from '../../../src/http/api/definitions/csv/csv-table.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/cameras/proposal');

const camera = (name: string, address = '10.1.1.7', more = {}) => ({ name, address, maker: '', hardware: '', ...more });
const named = (...names: string[]) =>
  namesFor(
    names.map((name, index) => camera(name, `10.1.1.${index + 7}`)),
    new Set(),
  );

test('a name follows from what the camera calls itself', () => {
  for (const [name, expected] of [
    ['Gate 3', 'Gate-3'],
    ['Tor Süd (Hof)', 'Tor-Sud-Hof'],
    ['../../etc', 'etc'],
    ['api', 'camera'],
    ['api/x', 'api-x'],
    ['門', 'camera'],
    ['-.x.-', 'x'],
    ['', 'camera'],
  ] as const) {
    assert.equal(named(name), [expected], name);
  }
  assert.equal(namesFor([camera('', '10.1.1.7', { maker: 'Dexter', hardware: 'DX-20' })], new Set()), ['Dexter-DX-20']);
});

test('cameras of one name get their addresses behind it, whatever the order of their answers, and no name is taken twice', () => {
  assert.equal(named('DX', 'Gate', 'DX'), ['DX-10-1-1-7', 'Gate', 'DX-10-1-1-9']);
  assert.equal(namesFor([camera('DX'), camera('DX'), camera('Gate')], new Set(['DX-10-1-1-7', 'Gate'])), [
    'DX-10-1-1-7-2',
    'DX-10-1-1-7-3',
    'Gate-10-1-1-7',
  ]);
});

test('names are valid and different, whatever cameras call themselves', () => {
  const some = fc.array(
    fc.record({
      name: fc.string({ unit: 'binary' }),
      address: fc.constantFrom('10.1.1.7', 'fd00::7'),
      maker: fc.string(),
      hardware: fc.string(),
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(some, fc.array(fc.constantFrom('camera', 'a', 'camera-10-1-1-7')), (cameras, taken) => {
      const names = namesFor(cameras, new Set(taken));
      assert.equal(
        names.map(streamNameProblem),
        cameras.map(() => undefined),
      );
      assert.is(new Set([...names, ...taken]).size, names.length + new Set(taken).size);
    }),
  );
});

test('any user and password make an address that may be captured, and the password is hidden in it', () => {
  const url = 'rtsp://10.1.1.7:554/x?a=1';
  assert.is(
    withLogin(url, { user: 'ad@min', password: `p:/@'"#é` }),
    'rtsp://ad%40min:p%3A%2F%40%27%22%23%C3%A9@10.1.1.7:554/x?a=1',
  );
  assert.is(withLogin(url, undefined), url);
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (user, password) => {
      const whole = withLogin(url, { user, password });
      assert.is(sourceUrlProblem(whole), undefined);
      const { username, password: read } = new URL(whole);
      assert.equal([decodeURIComponent(username), decodeURIComponent(read)], [user, password]);
      assert.match(scrubUrl(whole), ':***@10.1.1.7:554');
    }),
  );
});

test('the largest picture is proposed, and of equal ones the first', () => {
  const profile = (token: string, width: number, height: number) => ({
    token,
    name: token,
    width,
    height,
    url: 'rtsp://10.1.1.7/',
  });
  assert.is(bestProfile([profile('a', 640, 360), profile('b', 1920, 1080), profile('c', 1080, 1920)])?.token, 'b');
  assert.is(bestProfile([{ token: 'x', name: '', url: '' }])?.token, 'x');
  assert.is(bestProfile([]), undefined);
  assert.is(
    profileText({ ...profile('a', 640, 360), codec: 'H264', fps: 25, kbps: 512 }),
    '640x360, H264, 25 pictures a second, 512 kbit/s',
  );
});

test('the table is read by the import as it was meant, whatever the titles are', () => {
  const input = withLogin('rtsp://10.1.1.7/x', { user: 'a', password: 'b,"c' });
  const titles = fc
    .string({ unit: 'binary' })
    .map((text) => text.replace(/[\p{C}\s]+/gu, ' ').trim())
    .filter((text) => !/^'[=+\-@]/.test(text));
  fc.assert(
    fc.property(fc.array(titles, { minLength: 1, maxLength: 4 }), (all) => {
      const text = proposalTable(all.map((title, index) => ({ stream: `cam${index}`, input, title })));
      assert.not.match(text, /(?:^|,|\n)"?[=+@-]/);
      const table = parseCsv(text);
      assert.ok(table.ok);
      const columns = columnsOf(table.header);
      assert.ok(typeof columns !== 'string');
      const read = table.lines.map((line) => streamOfLine(line, columns, () => undefined));
      assert.equal(
        read.map((each) => each.ok && [each.name, each.definition.inputs, each.definition.title ?? '']),
        all.map((title, index) => [`cam${index}`, [input], title]),
      );
    }),
  );
});

test.run();
