import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { below, directionOf, type StreamPlace, VIA } from '../../src/domain/redirect.ts';
import { suite } from '../support/suite.ts';

const test = suite('domain/redirect');

const wanted = { stream: 'cam', target: '/cam/index.m3u8', self: 's01' };
const elsewhere = (server: string): StreamPlace => ({
  ...{ at: 'elsewhere', epoch: 1, server, publicUrl: `http://${server}:8080`, peerUrl: `http://${server}:8080` },
});

test('a stream here is served, one elsewhere is redirected, an unknown one gets 404, one that is nowhere 503 with the reason', () => {
  assert.equal(directionOf({ at: 'here', epoch: 1 }, wanted), { act: 'serve' });
  const location = 'http://s02:8080/cam/index.m3u8?via=s01';
  assert.equal(directionOf(elsewhere('s02'), wanted), { act: 'redirect', location });
  assert.is(directionOf(undefined, wanted).act, 'refuse');
  assert.match(JSON.stringify(directionOf(undefined, wanted)), '404');
  assert.match(JSON.stringify(directionOf({ at: 'nowhere', why: 'all are down' }, wanted)), /503.*all are down/);
});

test('a public URL may end in a slash or have a path', () => {
  assert.is(below('http://s01:8080', '/cam/x'), 'http://s01:8080/cam/x');
  assert.is(below('http://s01:8080/', '/cam/x'), 'http://s01:8080/cam/x');
  assert.is(below('https://cdn/a/b//', '/cam/x'), 'https://cdn/a/b/cam/x');
});

test('a query is kept, and the mark of a redirect is added', () => {
  const answer = directionOf(elsewhere('s02'), { ...wanted, target: '/cam/mpegts?token=1' });
  assert.equal(answer, { act: 'redirect', location: 'http://s02:8080/cam/mpegts?token=1&via=s01' });
});

test('whatever the views of the servers, a viewer is redirected once at most', () => {
  const servers = ['s01', 's02', 's03'];
  const place = fc.oneof(
    fc.constant<StreamPlace | undefined>(undefined),
    fc.constant<StreamPlace>({ at: 'here', epoch: 1 }),
    fc.constant<StreamPlace>({ at: 'nowhere', why: 'a reason' }),
    fc.constantFrom(...servers).map(elsewhere),
  );
  fc.assert(
    fc.property(fc.tuple(place, place, place), fc.constantFrom(...servers), (places, first) => {
      let at = first;
      let via: string | undefined;
      for (let redirects = 0; ; redirects += 1) {
        const answer = directionOf(places[servers.indexOf(at)], {
          ...wanted,
          self: at,
          ...(via !== undefined && { via }),
        });
        if (answer.act !== 'redirect') return;
        assert.is(redirects, 0, 'a second redirect');
        const url = new URL(answer.location);
        at = url.hostname;
        via = url.searchParams.get(VIA) ?? undefined;
      }
    }),
  );
});

test.run();
