import * as assert from 'uvu/assert';
import type { ServerRecord } from '../../../src/domain/records/server-record.ts';
import { remarksOf } from '../../../src/domain/status.ts';
import { CaptureReports } from '../../../src/herd/capturing/capture-reports.ts';
import type { OwnerReport } from '../../../src/herd/capturing/report-message.ts';
import { Definitions } from '../../../src/herd/view/definitions.ts';
import { Owners } from '../../../src/herd/view/owners.ts';
import { StreamViews } from '../../../src/herd/view/stream-views.ts';
import { serverRecord } from '../../support/herd-room.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/stream-views');

const CAM = streamName('gates/cam1');
const SINCE = '2026-11-22T06:00:00.000Z';
const URLS = { hls: 'http://s2:8080/gates/cam1/index.m3u8', mpegts: 'http://s2:8080/gates/cam1/mpegts' };

/** What s1 knows of the buckets `streams` and `owners`, of the servers s1 and s2, and of what s2 says. */
function world({ lowLatency = false } = {}) {
  const definitions = new Definitions();
  const owners = new Owners();
  const records = new Map<string, ServerRecord>(['s2', 's1'].map((name) => [name, serverRecord(name, `${name}-1`)]));
  const ended = new Set<string>();
  const nowhere = new Map<string, string>();
  const rests = new Map<string, string>();
  const reports = new CaptureReports({ server: 's1', session: () => 's1-1', send: () => {}, isDefined: () => true });
  const views = new StreamViews({
    ...{ server: 's1', lowLatency, definitions, owners, reports },
    servers: { records: () => records.values(), get: (server) => records.get(server) },
    hasEnded: ({ session }) => ended.has(session),
    placings: {
      failedBy: () => ['s3', 's4'],
      unfitBy: () => ['s4'],
      placing: () => ({ moved: true }),
    },
    returns: { restOf: (server) => rests.get(server) },
    nowhere: (stream) => nowhere.get(stream),
    isUnknownHome: (captureAt) => captureAt === 's9',
    unixMs: () => 0,
  });
  let revision = 0;
  const define = (value: object) =>
    definitions.take({ key: CAM, revision: ++revision, text: JSON.stringify({ url: 'test:', ...value }) });
  const key = (value: object | null) => {
    const text = value === null ? null : JSON.stringify({ since: SINCE, why: 'a test', ...value });
    owners.take({ key: CAM, revision: ++revision, text });
    return revision;
  };
  const own = (server: string, session = `${server}-1`) => key({ server, session, rosterRevision: 1 });
  const hear = (report: Partial<OwnerReport>) => {
    const said: OwnerReport = { state: 'live', epoch: revision, since: SINCE, ...report };
    reports.receive('s2', JSON.stringify({ session: 's2-1', reports: [[CAM, said]] }));
  };
  const whyNowhere = () => {
    const [place, status] = [views.place(CAM), views.status(CAM)];
    const why = place?.at === 'nowhere' && place.why;
    if (status?.server === undefined) assert.is(why, status?.why, 'viewers and people are told the same');
    return why;
  };
  const parts = { definitions, records, ended, nowhere, rests, reports, views, define, key, own, hear, whyNowhere };
  return { ...parts, [Symbol.dispose]: () => reports[Symbol.dispose]() };
}

test('a finding about a server is shown with it: once, with all servers that find it; findings of a lost server are not shown', () => {
  using it = world();
  const told = (server: string, since: string, ...kinds: string[]) => {
    const problems = kinds.map((kind) => ({ about: 's1', kind, why: `${server} says so`, since }));
    it.reports.receive(server, JSON.stringify({ session: `${server}-1`, reports: [], problems }));
  };
  it.records.set('s3', serverRecord('s3', 's3-1'));
  it.records.set('s4', serverRecord('s4', 's4-1', { state: 'down' }));
  told('s3', '2026-11-22T06:00:00.000Z', 'beats');
  told('s2', '2026-11-22T07:00:00.000Z', 'beats', 'clock');
  told('s4', '2026-11-22T05:00:00.000Z', 'beats');
  told('unknown', '2026-11-22T05:00:00.000Z', 'live');
  const [s1, ...others] = it.views.servers();
  assert.equal(s1?.problems, [
    { kind: 'beats', why: 's2 says so', since: '2026-11-22T06:00:00.000Z', by: ['s2', 's3'] },
    { kind: 'clock', why: 's2 says so', since: '2026-11-22T07:00:00.000Z', by: ['s2'] },
  ]);
  assert.ok(others.every((server) => !('problems' in server)));
});

test('viewers are sent to the owner, here or elsewhere, and nowhere for a stream without definition', () => {
  using it = world();
  assert.equal([it.views.place(CAM), it.views.status(CAM)], [undefined, undefined]);
  it.define({});
  const mine = it.own('s1');
  assert.equal(it.views.place(CAM), { at: 'here', epoch: mine });
  const report = { state: 'live', epoch: mine, since: SINCE, remark: 'its sound plays nowhere' } as const;
  it.reports.set(CAM, report);
  assert.equal(it.views.place(CAM), { at: 'here', epoch: mine, trouble: report.remark });
  it.reports.set(CAM, {
    ...report,
    error: 'the source refuses the connection: Connection to tcp://10.1.1.7:554 failed',
  });
  assert.equal(it.views.place(CAM), { at: 'here', epoch: mine, trouble: 'the source refuses the connection' });
  const epoch = it.own('s2');
  const s2 = 'http://s2:8080';
  assert.equal(it.views.place(CAM), { at: 'elsewhere', epoch, server: 's2', publicUrl: s2, peerUrl: s2 });
  it.hear({ state: 'stalled' });
  const status = it.views.status(CAM);
  assert.equal(
    [status?.server, status?.epoch, status?.state, status?.home, status?.urls],
    ['s2', epoch, 'stalled', 's2', URLS],
  );
});

test('where low latency is on, the addresses of a stream name its list too', () => {
  using it = world({ lowLatency: true });
  it.define({});
  assert.is(it.views.status(CAM)?.urls, undefined);
  it.own('s2');
  assert.equal(it.views.status(CAM)?.urls, { ...URLS, lowLatency: 'http://s2:8080/gates/cam1/low-latency.m3u8' });
});

test('each reason for being nowhere is told as it is', () => {
  using it = world();
  it.define({});
  assert.is(it.whyNowhere(), 'no server has claimed it yet');
  it.own('s2');
  it.ended.add('s2-1');
  assert.is(it.whyNowhere(), 'its owner s2 has ended, and it is about to be claimed by another');
  it.key({ server: null, session: null, why: 's2 is drained' });
  assert.is(it.whyNowhere(), 'it was handed back (s2 is drained) and is about to be claimed');
  it.nowhere.set(CAM, 'there is no server that may take it');
  assert.is(it.whyNowhere(), 'there is no server that may take it');
  it.own('s9', 's9-1');
  assert.is(it.whyNowhere(), 'its owner s9 is not known here yet', 'it lives, whatever the last plan said');
  it.key(null);
  it.define({ disabled: true });
  assert.is(it.whyNowhere(), 'it is disabled');
});

test('the actor of a stream is told whether its owner lives, and what a hand-back was for', () => {
  using it = world();
  const none = { server: null, session: null, live: false, failedBy: ['s3', 's4'], unfitBy: ['s4'] };
  assert.equal(it.views.ownerView(CAM), { epoch: 0, ...none });
  const numbers = { nextNumber: undefined, discontinuities: undefined, isFinal: false, since: SINCE };
  const epoch = it.own('s2');
  const owned = { ...none, epoch, claimEpoch: epoch, server: 's2', session: 's2-1', live: true, home: 's2', numbers };
  assert.equal(it.views.ownerView(CAM), owned);
  it.ended.add('s2-1');
  assert.equal(it.views.ownerView(CAM), { ...owned, live: false });
  const vacated = it.key({ server: null, session: null, heir: 's1', moved: true, nextNumber: 7, home: 's1' });
  assert.equal(it.views.ownerView(CAM), {
    epoch: vacated,
    ...none,
    ...{ heir: 's1', moved: true, home: 's1' },
    numbers: { ...numbers, nextNumber: 7, isFinal: true },
  });
});

test('a status is what the owner says under its present claim; what it said under an earlier claim no longer counts', () => {
  using it = world();
  it.define({ title: 'Gate 3', capture_at: 's2' });
  const before = it.own('s2');
  it.hear({ epoch: before, bitrateKbps: 800, input: 1, error: 'it ended' });
  const pinned = { name: 'gates/cam1', title: 'Gate 3', captureAt: 's2', home: 's2' };
  const known = { ...pinned, server: 's2', since: SINCE, why: 'a test' };
  assert.equal(it.views.status(CAM), {
    ...{ ...known, state: 'live', epoch: before, bitrateKbps: 800, input: 1, inputs: 1, error: 'it ended', urls: URLS },
  });
  const epoch = it.own('s2');
  assert.equal(it.views.status(CAM), { ...known, state: 'claiming', epoch, urls: URLS });
  it.own('s1');
  it.reports.set(CAM, { state: 'backing-off', epoch: 0, since: SINCE });
  assert.is(it.views.status(CAM)?.state, 'backing-off', 'of its own captures it need not hear');
});

test('a home is shown with the stream, also while another server stands in; capture_at counts more than the record', () => {
  using it = world();
  it.define({});
  const home = () => [it.views.status(CAM)?.home, it.views.home(CAM)];
  assert.equal(home(), [undefined, undefined]);
  it.own('s2');
  assert.equal(home(), ['s2', 's2'], 'an earlier version wrote it');
  const standIn = { server: 's2', session: 's2-1', rosterRevision: 1, home: 's1' };
  it.key(standIn);
  assert.equal(home(), ['s1', 's1']);
  it.key({ server: null, session: null, home: 's1' });
  assert.equal(home(), ['s1', 's1']);
  it.define({ capture_at: 's3' });
  assert.equal(home(), ['s3', 's3']);
});

test('an owner that has rewritten its record is shown under the epoch of its claim', () => {
  using it = world();
  it.define({});
  const claimed = it.own('s2');
  it.hear({ epoch: claimed, bitrateKbps: 800 });
  const rewritten = it.key({ server: 's2', session: 's2-1', rosterRevision: 1, home: 's2', epoch: claimed });
  assert.equal([it.views.status(CAM)?.epoch, it.views.status(CAM)?.bitrateKbps], [claimed, 800]);
  const { epoch, claimEpoch } = it.views.ownerView(CAM);
  assert.equal([epoch, claimEpoch], [rewritten, claimed]);
});

test('a refused definition is shown beside the one in force, and alone for a stream that never had a good one', () => {
  using it = world();
  assert.is(it.views.status(CAM), undefined);
  it.define({ url: 7 });
  const never = it.views.status(CAM);
  assert.is(never?.state, 'stopped');
  assert.match(never?.why ?? '', /^its definition was refused: url: /);
  it.define({});
  assert.equal(it.views.status(CAM)?.state, 'idle');
  it.own('s2');
  it.hear({});
  it.define({ url: 7 });
  const [status] = it.views.statuses();
  assert.is(status?.state, 'live');
  assert.match(status?.refused ?? '', /^url: /);
});

test('servers are listed by name, each with the streams that it owns; a server that is down has none', () => {
  using it = world();
  it.own('s2');
  const listed = () => it.views.servers().map(({ name, state, streams }) => `${name} ${state} ${streams}`);
  assert.equal(listed(), ['s1 up 0', 's2 up 1']);
  it.records.set('s2', serverRecord('s2', 's2-1', { state: 'down' }));
  assert.equal(listed(), ['s1 up 0', 's2 down 0']);
});

test('a stream on another input than its first, and a stream with an unknown home, say so', () => {
  using it = world();
  it.define({ url: undefined, inputs: ['test:', 'test:', 'test:'], capture_at: 's9' });
  it.own('s2');
  it.hear({ input: 1 });
  const { input, inputs, unknownHome, captureAt } = it.views.status(CAM) ?? {};
  assert.equal([input, inputs, unknownHome, captureAt], [1, 3, true, 's9']);
  assert.equal(remarksOf({ input, inputs, unknownHome, captureAt }), [
    'on input 2 of 3',
    'its capture_at names s9, and no server of that name is known',
  ]);
  it.define({ capture_at: 's3' });
  it.hear({ input: 0 });
  const usual = it.views.status(CAM);
  assert.is(usual?.unknownHome, undefined);
  assert.equal(remarksOf({ ...usual }), ['away from its home s3']);
  assert.equal(remarksOf({ server: 's1', home: 's2' }), ['away from its home s2']);
  assert.equal(remarksOf({ server: 's2', home: 's2' }), []);
});

test('a draining server is drained once it has no stream left; a resting server says until when', () => {
  using it = world();
  it.define({});
  const s2 = () => {
    const { state, why, streams } = it.views.servers().find(({ name }) => name === 's2') ?? {};
    return [state, streams, why];
  };
  it.rests.set('s2', 'is given nothing until noon');
  assert.equal(s2(), ['up', 0, 'takes part; is given nothing until noon']);
  it.own('s2');
  it.records.set('s2', serverRecord('s2', 's2-1', { state: 'draining', why: 'hands its streams back' }));
  assert.equal(s2(), ['draining', 1, 'hands its streams back']);
  it.own('s1');
  assert.equal(s2(), ['drained', 0, 'it has no stream, and takes none while it is drained']);
  it.records.set('s2', serverRecord('s2', 's2-1', { state: 'down', why: 'left' }));
  assert.equal(s2(), ['down', 0, 'left']);
});

test.run();
