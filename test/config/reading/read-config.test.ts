import * as assert from 'uvu/assert';
import { configOf, parse } from '../../support/config-text.ts';
import { suite } from '../../support/suite.ts';

const test = suite('config/reading/read-config');

/** One text for every way in which a file can be wrong, with the beginning of the first problem that is reported. */
const WRONG: readonly (readonly [string, string])[] = [
  ['http;', '1:5 expected a port or address:port, like 8080 or 10.0.0.1:8080 after "http"'],
  ['http 80 81;', '1:9 expected ";" after one value of "http" (quote a value that holds blanks), found "81"'],
  ['http 80', '1:8 expected ";", found the end of the file'],
  ['http 80 { }', '1:9 expected ";", found "{"'],
  ['https 8443;', '1:11 expected a port or address:port, the file of a certificate and that of its key'],
  ['https cert key;', '1:7 expected a port or address:port, like 8080'],
  ['https 8443 tls.crt /tls.key;', '1:12 expected an absolute path, found "tls.crt"'],
  ['https 8443 /tls.crt /tls.key /ca.crt;', '1:30 expected ";" after 3 values of "https"'],
  ['public_url ftp://x;', '1:12 expected a URL like'],
  ['nats 10.0.0.1:4222;', '1:6 expected a NATS URL like'],
  ['data_dir data;', '1:10 expected an absolute path, found "data"'],
  ['capacity 0;', '1:10 expected a number above 0, at most 1000, found "0"'],
  ['edit_auth admin;', '1:16 expected a password after the user of "edit_auth"'],
  ['edit_auth a:b c;', '1:11 expected a user (without ":") and a password'],
  ['edit_auth a b admin;', '1:15 expected "view" or "edit", found'],
  ['edit_auth a password1; edit_auth a password2;', '1:34 expected a user that line 1 does not name already'],
  ['edit_auth a scrypt$1$1$1$QQ$QQ;', '1:13 expected a hash like scrypt$32768$8$1$<salt>$<hash>'],
  ['edit_auth admin CHANGE-ME;', '1:17 expected a password of your own'],
  ['cluster_key change_me;', '1:13 expected a key of your own'],
  ['view_auth;', '1:10 expected a user: "view_auth USER PASSWORD;", or one of "edit_auth"'],
  ['play_token;', '1:11 expected a key of at least 20 characters after "play_token"'],
  ['play_token short;', '1:12 expected a key of at least 20 characters, found "***"'],
  ['on_play backend;', '1:9 expected a URL like http://10.0.0.5/may-play'],
  ['on_play ftp://backend/x;', '1:9 expected a URL like'],
  ['trusted_proxy 10.0.0.0/33;', '1:15 expected an address or a network, like 127.0.0.1 or 10.0.0.0/8'],
  ['trusted_proxy proxy.example;', '1:15 expected an address or a network'],
  ['server_name a..b;', '1:13 expected a server name like'],
  ['peer a:b;', '1:6 expected a server name, or name:port, found "a:b"'],
  ['peer a { title x; }', '1:10 expected a word of a peer block (public_url, peer_url), found "title"'],
  ['timing;', '1:7 expected a block "{ … }" after "timing"'],
  ['timing { beat 250; }', '1:15 expected a duration like'],
  ['timing { baet 250ms; }', '1:10 expected a word of the timing block'],
  ['live { segment 2m; }', '1:16 expected a duration from 500ms to 20s, found "2m"'],
  ['live { window 2; }', '1:15 expected a number of segments from 3 to 60, found "2"'],
  ['live { low_latency on; }', '1:20 expected ";" after "low_latency", found "on"'],
  ['live { low_latency { } }', '1:19 expected ";" after "low_latency"'],
  ['live_dir live;', '1:10 expected an absolute path, found "live"'],
  ['archive;', '1:8 expected an absolute path after "archive"'],
  ['archive disk1;', '1:9 expected an absolute path, found "disk1"'],
  ['archive /d { reserve 5; }', '1:22 expected a share of the disk from 0% to 90%, like 5%, found "5"'],
  ['archive /d { reserve 95%; }', '1:22 expected a share of the disk from 0% to 90%'],
  ['archive /d; archive /d/;', '1:21 expected a folder outside that of line 1, /d, found "/d/"'],
  ['archive /d/x; archive /d;', '1:23 expected a folder outside that of line 1, /d/x'],
  ['archive /d /e;', '1:12 expected ";" after one value of "archive"'],
  ['recording;', '1:10 expected a block "{ … }" after "recording"'],
  ['recording 10s { }', '1:11 expected "{" after "recording", found "10s"'],
  ['recording { sync 10ms; }', '1:18 expected a duration from 1s to 5m, found "10ms"'],
  ['recording { verify 1h; }', '1:20 expected a duration from 1d, or never, found "1h"'],
  ['recording { on_pack; }', '1:20 expected a command and its arguments'],
  ['recording { sink 1s; }', '1:13 expected a word of the recording block (sync, verify, on_pack), found "sink"'],
  ['archive_return;', '1:15 expected a block "{ … }" after "archive_return"'],
  ['archive_return 1 { }', '1:16 expected "{" after "archive_return", found "1"'],
  ['archive_return { rate 0; }', '1:23 expected bytes a second from 100K, like 200M, or unlimited, found "0"'],
  ['archive_return { rate 1K; }', '1:23 expected bytes a second from 100K'],
  ['archive_return { hours; }', '1:23 expected hours of the day, like 22:00-06:00 after "hours"'],
  ['archive_return { hours 22-06; }', '1:24 expected hours of the day, like 22:00-06:00, found "22-06"'],
  ['archive_return { hours 22:00-06:60; }', '1:24 expected hours of the day'],
  ['archive_return { hours 24:00-06:00; }', '1:24 expected hours of the day'],
  ['archive_return { hours 00:00-24:01; }', '1:24 expected hours of the day'],
  ['archive_return { hours 06:00-06:00; }', '1:24 expected hours of the day'],
  ['archive_return { grace 0s; }', '1:24 expected a duration from 1s to 30d, found "0s"'],
  ['archive_return { grace 31d; }', '1:24 expected a duration from 1s to 30d'],
  ['archive_return { adopt 1ms; }', '1:24 expected a duration from 1s, or never, found "1ms"'],
  ['archive_return { rete 1M; }', '1:18 expected a word of the archive_return block (rate, hours, grace, adopt)'],
  ['stream;', '1:7 expected a stream name after "stream"'],
  ['stream a;', '1:9 expected a block "{ … }" after "stream"'],
  ['stream api/x { url test:; }', '1:8 expected a first segment other than "api", which HTTP uses, found "api/x"'],
  ['stream a { url test:; dvr 7d 8d; }', '1:30 expected a duration like 7d or a size like 100G, each at most once'],
  ['stream a { url test:; transcoder; }', '1:33 expected an option'],
  ['stream a { url test:; transcoder vb=1k vb=2k; }', '1:40 expected "vb" once: a stream has one profile'],
  ['stream a { url test:; transcoder bv=1k; }', '1:34 expected an option'],
  ['stream a { url test:; transcoder -am; }', '1:34 expected an option'],
  ['stream a { url test:; transcoder vb=copy fps=25; }', '1:42 expected no fps (the video is copied), found "fps=25"'],
  ['stream a { url test:; cluster_ingest s01; }', '1:38 expected nothing but one capture_at=<server>'],
  ['stream a { url test:; cluster_ingest capture_at=; }', '1:38 expected a server name like'],
  ['stream a { url test:; disabled yes; }', '1:32 expected ";" after "disabled", found "yes"'],
  ['stream a { url test:; weight x; }', '1:30 expected a number above 0, at most 1000, found "x"'],
  ['stream a { url test:; http 1; }', '1:23 expected a word of a stream block'],
  ['stream a { url test:;', '1:10 expected "}" at the end of this block of "stream", found the end of the file'],
  [
    'stream a { url test:;\nstream b { url test:; }',
    '1:10 expected "}" at the end of this block of "stream", found "stream"',
  ],
  ['}', '1:1 expected a word, as no block is open here, found "}"'],
  ['{ }', '1:1 expected a word before the block, found "{"'],
  [';', '1:1 expected a word, found ";"'],
  ['\u0000', '1:1 expected text without control characters, found U+0000'],
  ['/* x', '1:1 expected "*/" at the end of the comment, found the end of the file'],
  ['server_name "a', '1:13 expected a closing " on the same line, found the end of the line'],
  ['\uFEFF\r\n x', '2:2 expected a word of the configuration file'],
  ['# 😀\nserver_name "😀" ;', '2:13 expected a server name like s01 or s01.example.com, found "😀"'],
];

for (const [text, expected] of WRONG) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const [problem] = parse(text).problems;
    const first = problem && `${problem.line}:${problem.column} ${problem.message}`;
    assert.ok(first?.startsWith(expected), `expected ${expected}\n     got ${first}`);
  });
}

test('one file serves every server: the server’s own peer line gives port and URLs', () => {
  const text = 'nats nats://n:1; cluster_key k; peer s01:8081; peer s02:8082 { public_url https://cdn2/; }';
  assert.equal(configOf(text, 's01').http, { port: 8081 });
  const second = configOf(text, 's02');
  assert.equal(second.http, { port: 8082 });
  assert.is(second.publicUrl, 'https://cdn2');
  assert.is(second.peerUrl, 'http://s02:8082');
  assert.equal(configOf('http [::1]:8090; peer s02;').http, { address: '::1', port: 8090 });
  assert.is(configOf('http 127.0.0.1:8090; peer s02;').peers[0]?.peerUrl, 'http://s02:8090');
});

test('other servers reach this one at the address for viewers, unless peer_url names another', () => {
  const peerUrlOf = (text: string) => configOf(`http 8090; server_name s01; ${text}`).peerUrl;
  assert.is(peerUrlOf(''), 'http://s01:8090');
  assert.is(peerUrlOf('public_url http://10.0.0.1:8080;'), 'http://10.0.0.1:8080');
  assert.is(peerUrlOf('public_url http://10.0.0.1:8080; peer s01:8090;'), 'http://10.0.0.1:8080');
  assert.is(peerUrlOf('public_url https://cdn; peer_url http://10.0.0.1:8080;'), 'http://10.0.0.1:8080');
  assert.is(peerUrlOf('public_url https://cdn; peer s01 { peer_url http://10.0.0.1; }'), 'http://10.0.0.1');
});

test('warnings: a list of peers without this server, pins to servers that are no peers', () => {
  const { warnings } = parse(
    'nats nats://h:1; peer s02; peer s03; stream a { url test:; cluster_ingest capture_at=s2; }',
  );
  assert.equal(
    warnings.map(({ message }) => message.replace(/[:;].*/, '')),
    [
      'peer s02 is named but no "cluster_key"',
      'no peer is this server, s01',
      'capture_at names s2, which is no peer of this file',
    ],
  );
  assert.equal(parse('nats nats://h:1; cluster_key k; peer s01; peer s02;').warnings, []);
});

test('a word in braces that stands for nothing in on_pack gives a warning, with the words that there are', () => {
  const messages = (words: string) =>
    parse(`server_name s01; recording { on_pack ${words}; }`).warnings.map(({ message }) => message);
  assert.equal(messages('cp "{media}" "/tapes/{name}.ts" {index} {stream} {from}-{until} {sha256} {} "{ media }"'), []);
  const [first, second, ...others] = messages('cp "{medea}" "/tapes/{name}-{day}.ts"');
  assert.match(first ?? '', /^\{medea\} stands for nothing in on_pack.*perhaps "media".*\{media\}, \{index\}/);
  assert.match(second ?? '', /^\{day\} stands for nothing/);
  assert.equal(others, []);
});

test('a cluster_key that is easy to guess gives a warning that does not show it, and the herd goes on', () => {
  const { config, weaknesses } = parse('cluster_key MYSECRET; edit_auth admin correct-horse;');
  assert.ok(config !== undefined);
  assert.equal(
    weaknesses.map(({ column, message }) => `${column} ${message.replace(/[:].*/, '')}`),
    ['13 expected a key of at least 20 characters, found 8'],
  );
  assert.not.match(JSON.stringify(weaknesses), 'MYSECRET');
});

test('a password under 8 characters is refused, by its place, and not shown', () => {
  const { config, problems } = parse('edit_auth admin hush; edit_auth b 12345678; view_auth guest 1234567;');
  assert.is(config, undefined);
  const expected = 'expected a password of at least 8 characters (a shorter one is guessed), found "***"';
  assert.equal(
    problems.map(({ column, message }) => [column, message]),
    [
      [17, expected],
      [61, expected],
    ],
  );
  assert.not.match(JSON.stringify(problems), /hush|1234567"/);
});

test('roles: users of edit_auth may change things unless it says "view"; with view_auth only its users may see', () => {
  const roles = (text: string) => configOf(text).access;
  assert.equal(roles('edit_auth a password1; edit_auth b password2 view; edit_auth c password3 edit;'), {
    users: [
      { name: 'a', password: 'password1', role: 'edit' },
      { name: 'b', password: 'password2', role: 'view' },
      { name: 'c', password: 'password3', role: 'edit' },
    ],
    viewAuth: false,
    trustedProxies: [],
    play: { tokenKeys: [] },
  });
  const closed = roles('edit_auth a password1; view_auth;');
  assert.equal([closed.viewAuth, closed.users.length], [true, 1]);
  const both = roles(
    'view_auth v password1; view_auth w password2; trusted_proxy ::1; trusted_proxy 10.0.0.0/8 fd00::/8;',
  );
  assert.equal(
    both.users.map(({ role }) => role),
    ['view', 'view'],
  );
  assert.equal(both.trustedProxies, ['::1', '10.0.0.0/8', 'fd00::/8']);
});

test('if the host name is no server name, a name has to be given', () => {
  assert.is(parse('', 'my host').problems.length, 1);
  assert.is(configOf('server_name s01;', 'my host').serverName, 's01');
});

test('with an HTTPS port viewers are sent there, and other servers ask by HTTP', () => {
  const urls = (text: string) => {
    const { publicUrl, peerUrl } = configOf(text);
    return [publicUrl, peerUrl];
  };
  const https = (port: string) => `server_name s01; http 8080; https ${port} /tls.crt /tls.key;`;
  assert.equal(urls(https('443')), ['https://s01', 'http://s01:8080']);
  assert.equal(urls(https('10.0.0.1:8443')), ['https://s01:8443', 'http://s01:8080']);
  assert.equal(urls(`${https('443')} public_url https://tv.example;`), ['https://tv.example', 'https://tv.example']);
  assert.equal(configOf(https('443')).https, { port: 443, certFile: '/tls.crt', keyFile: '/tls.key' });
});

test.run();
