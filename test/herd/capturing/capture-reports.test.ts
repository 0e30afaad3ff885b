import * as assert from 'uvu/assert';
import { CaptureReports } from '../../../src/herd/capturing/capture-reports.ts';
import type { OwnerReport } from '../../../src/herd/capturing/report-message.ts';
import { MAX_GOSSIP_BYTES } from '../../../src/nats/services/multicast.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/capturing/capture-reports');

const LIVE: OwnerReport = { state: 'live', epoch: 7, since: '2026-11-22T06:00:00Z', bitrateKbps: 800 };

function reportsOf(server: string, session = `${server}-1`, isDefined: (stream: string) => boolean = () => true) {
  const sent: string[] = [];
  const counted = { lights: 0 };
  const send = (text: string) => sent.push(text);
  const onLight = () => {
    counted.lights += 1;
  };
  const reports = new CaptureReports({ server, session: () => session, send, isDefined, onLight });
  return { reports, sent, counted };
}

test('changes are sent together, soon, and a server that hears them keeps them under their epoch only', async () => {
  const { reports, sent } = reportsOf('s1');
  const { reports: other } = reportsOf('s2');
  using _a = reports;
  using _b = other;
  reports.set('cam1', LIVE);
  reports.set('cam2', { ...LIVE, state: 'stalled' });
  await eventually('it is sent', () => sent.length === 1);
  other.receive('s1', sent[0] ?? '');
  assert.is(other.of('s1', 'cam2', 7)?.state, 'stalled');
  assert.is(other.of('s1', 'cam1', 8), undefined, 'a report of an earlier claim says nothing of this one');
  reports.set('cam1', undefined);
  await eventually('its end is sent', () => sent.length === 2);
  other.receive('s1', sent[1] ?? '');
  assert.is(other.of('s1', 'cam1', 7), undefined);
  assert.is(other.of('s1', 'cam2', 7)?.state, 'stalled');
});

test('the planner is told when a stream becomes live, here or elsewhere, or is no longer live, and nothing else', () => {
  const { reports, counted } = reportsOf('s2');
  using _ = reports;
  const hear = (report: OwnerReport | null) =>
    reports.receive('s1', JSON.stringify({ session: 's1-1', reports: [['cam1', report]] }));
  const say = (report: OwnerReport | undefined) => reports.set('cam2', report);
  const counts = [
    () => say({ ...LIVE, state: 'connecting' }),
    () => say(LIVE),
    () => say({ ...LIVE, bitrateKbps: 900 }),
    () => say(undefined),
    () => hear({ ...LIVE, state: 'backing-off' }),
    () => hear(LIVE),
    () => hear({ ...LIVE, input: 1 }),
    () => hear(null),
  ].map((act) => {
    act();
    return counted.lights;
  });
  assert.equal(counts, [0, 1, 1, 2, 2, 3, 3, 4]);
  assert.equal([reports.of('s2', 'cam2', 7), reports.of('s1', 'cam1', 7)], [undefined, undefined]);
});

test('no message is larger than the bus takes, whatever the sources say, and no report is missing', async () => {
  const { reports, sent } = reportsOf('s1');
  const { reports: other } = reportsOf('s2');
  using _a = reports;
  using _b = other;
  const names = Array.from({ length: 3000 }, (_, index) => `cam${index}`);
  for (const name of names) reports.set(name, { ...LIVE, error: '\u0001電'.repeat(250) });
  await eventually('it is sent', () => sent.length > 0);
  assert.ok(sent.length > 1);
  for (const text of sent) assert.ok(Buffer.byteLength(text) <= MAX_GOSSIP_BYTES);
  for (const text of sent) other.receive('s1', text);
  assert.ok(names.every((name) => other.of('s1', name, 7) !== undefined));

  // A full report in parts: known streams stay known between the parts, and streams that are over are forgotten at the end.
  const before = sent.length;
  reports.set('cam0', undefined);
  reports.sendAll();
  await eventually('all is sent', () => sent.length > before);
  const [first = '', ...rest] = sent.slice(before);
  other.receive('s1', first);
  assert.ok(
    names.every((name) => other.of('s1', name, 7) !== undefined),
    'half of everything ends nothing',
  );
  for (const text of rest) other.receive('s1', text);
  assert.is(other.of('s1', 'cam0', 7), undefined);
  assert.ok(names.slice(1).every((name) => other.of('s1', name, 7) !== undefined));
});

test('a full report of which a part was lost ends nothing', async () => {
  const { reports } = reportsOf('s2');
  using _ = reports;
  const say = (part: number, ...names: string[]) => {
    const said = names.map((name) => [name, LIVE]);
    reports.receive('s1', JSON.stringify({ session: 's1-1', full: { part, parts: 3 }, reports: said }));
  };
  say(0, 'a');
  say(1, 'b');
  say(2, 'c');
  say(0, 'a');
  say(2, 'c');
  assert.is(reports.of('s1', 'b', 7)?.state, 'live');
});

test('a report of another version spoils no other report, its numbers are kept, and this is told', () => {
  const notes: unknown[] = [];
  const notUnderstood = { note: (misread: unknown) => notes.push(misread) };
  const isDefined = () => true;
  using reports = new CaptureReports({ server: 's2', session: () => 's2-1', send: () => {}, isDefined, notUnderstood });
  const said = [
    ['cam1', { ...LIVE, state: 'dreaming', ahead: 5, discontinuities: 3, bitrateKbps: 'fast', mood: 'fine' }],
    ['cam2', { state: 'live' }],
    ['cam3', { ...LIVE, error: 'x'.repeat(5000) }],
  ];
  reports.receive('s1', JSON.stringify({ session: 's1-1', reports: said, v: 7 }));
  assert.equal([reports.of('s1', 'cam1', 7)?.state, reports.numbersAhead('cam1')], ['claiming', 5]);
  assert.is(reports.discontinuities('cam1'), 3);
  assert.is(reports.of('s1', 'cam2', 7), undefined);
  assert.is(reports.of('s1', 'cam3', 7)?.error?.length, 1024);
  reports.receive('s1', '{"session":7}');
  assert.is(notes.length, 2);
});

test('a new session of a server begins without the old reports; a server that is gone is forgotten', () => {
  const { reports } = reportsOf('s2');
  using _ = reports;
  reports.receive('s1', JSON.stringify({ session: 's1-1', reports: [['cam1', LIVE]] }));
  reports.receive('s1', JSON.stringify({ session: 's1-2', reports: [['cam2', LIVE]] }));
  assert.is(reports.of('s1', 'cam1', 7), undefined);
  reports.forget('s1');
  assert.is(reports.of('s1', 'cam2', 7), undefined);
});

test('the known lead of segment numbers outlives the owner that told it, and ends with the stream', () => {
  const { reports } = reportsOf('s2');
  using _ = reports;
  reports.receive('s1', JSON.stringify({ session: 's1-1', reports: [['cam1', { ...LIVE, ahead: 3 }]] }));
  reports.forget('s1');
  assert.is(reports.numbersAhead('cam1'), 3);
  reports.forgetStream('cam1');
  assert.is(reports.numbersAhead('cam1'), undefined);
});

test('the codec of an input’s sound is passed on, by own and by others’ reports, of streams that there are', () => {
  const told: unknown[] = [];
  using reports = new CaptureReports({
    server: 's1',
    session: () => 's1-1',
    send: () => {},
    isDefined: (stream) => stream === 'cam1',
    onSound: (...sound) => told.push(sound),
  });
  const said = { ...LIVE, input: 1, sound: 'opus' };
  reports.set('cam1', { ...LIVE, input: 0, sound: 'aac' });
  reports.set('cam1', LIVE);
  const more = [
    ['cam1', said],
    ['cam9', said],
    ['cam1', { ...said, sound: 'x'.repeat(41) }],
  ];
  reports.receive('s2', JSON.stringify({ session: 's2-1', reports: more }));
  assert.equal(told, [
    ['cam1', 0, 'aac'],
    ['cam1', 1, 'opus'],
  ]);
});

test('rubbish, own messages and endless invented servers are not kept', () => {
  const { reports } = reportsOf('s2');
  using _ = reports;
  for (const text of ['', 'null', '{}', '[]', '{"session":"","reports":[]}', '{"session":"x","reports":7}']) {
    reports.receive('s1', text);
  }
  const message = JSON.stringify({ session: 'x', reports: [['cam1', LIVE]] });
  reports.receive('s2', message);
  assert.is(reports.of('s2', 'cam1', 7), undefined);
  for (let index = 0; index < 300; index++) reports.receive(`rogue${index}`, message);
  assert.is(reports.of('rogue255', 'cam1', 7)?.state, 'live');
  assert.is(reports.of('rogue256', 'cam1', 7), undefined);
});

test('a late report about a stream that is gone is not kept for the next stream of that name', () => {
  const defined = new Set(['cam1']);
  const { reports } = reportsOf('s1', 's1-1', (stream) => defined.has(stream));
  using _ = reports;
  const said = { ...LIVE, ahead: 3, discontinuities: 4 };
  const message = JSON.stringify({ session: 's2-1', reports: [['cam1', said]] });
  reports.receive('s2', message);
  assert.equal([reports.numbersAhead('cam1'), reports.discontinuities('cam1')], [3, 4]);
  defined.clear();
  reports.forgetStream('cam1');
  reports.receive('s2', message);
  assert.equal([reports.numbersAhead('cam1'), reports.discontinuities('cam1')], [undefined, undefined]);
});

test('findings of a server are told when they change, again with each full report, and end with its session', async () => {
  const { reports, sent } = reportsOf('s1');
  let told = 0;
  const shown = { streamChanged: () => {}, captureChanged: () => {}, serversChanged: () => told++ };
  using other = new CaptureReports({
    server: 's2',
    session: () => 's2-1',
    send: () => {},
    isDefined: () => true,
    shown,
  });
  using _ = reports;
  const problem = { about: 's2', kind: 'beats', why: 'it is closed', since: '2026-11-22T06:00:00Z' };
  const heard = () => other.problems().flatMap(([server, problems]) => problems.map(({ kind }) => `${server} ${kind}`));
  reports.setProblems([problem]);
  await eventually('it is sent', () => sent.length > 0);
  reports.setProblems([{ ...problem }]);
  reports.sendAll();
  await eventually('all is sent', () => sent.length > 2);
  for (const text of sent) other.receive('s1', text);
  assert.equal([heard(), told], [['s1 beats'], 2]);
  const later = { session: 's1-1', reports: [], problems: [{ ...problem, kind: 'from-the-future', more: 1 }] };
  other.receive('s1', JSON.stringify(later));
  assert.equal(heard(), ['s1 from-the-future'], 'a later version may know more');
  other.receive('s1', JSON.stringify({ session: 's1-1', reports: [] }));
  assert.equal(heard(), ['s1 from-the-future'], 'an earlier version says nothing of it');
  const many = Array.from({ length: 101 }, () => problem);
  other.receive('s1', JSON.stringify({ ...later, problems: many }));
  assert.equal(heard(), ['s1 from-the-future'], 'more than there can be is not taken');
  other.receive('s1', JSON.stringify({ session: 's1-2', reports: [] }));
  assert.equal(heard(), []);
});

test('without a session nothing is sent, nor sent later with a change', async () => {
  const sent: string[] = [];
  let session = '';
  let asked = 0;
  using reports = new CaptureReports({
    server: 's1',
    session: () => {
      asked += 1;
      return session;
    },
    send: (text) => sent.push(text),
    isDefined: () => true,
  });
  reports.set('cam1', LIVE);
  await eventually('a report would have been sent', () => asked > 0);
  session = 's1-1';
  reports.set('cam2', LIVE);
  await eventually('it is said', () => sent.length > 0);
  assert.not.match(sent.join(), /cam1/);
});

test.run();
