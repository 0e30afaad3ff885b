import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { COMPOSE_FOLDER, PROJECT, readComposeFile } from '../containers/compose-file.ts';
import { configOf } from '../support/config-text.ts';
import { suite } from '../support/suite.ts';

const test = suite('scripts/container');

// `npm run containers` builds the image and runs it; here what both files name is held to the project.
const textOf = (path: string) => readFileSync(join(PROJECT, path), 'utf8');
const containerfile = textOf('packaging/container/Containerfile')
  .replace(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ');
const KEY = 'h7Qk2vXw9LmT4sPz81Bd';

const { services, volumes, configs } = readComposeFile(KEY);
const named = (letter: string) => Object.entries(services).filter(([name]) => name.startsWith(letter));
const isMatched = (pattern: RegExp) => pattern.exec(containerfile)?.slice(1) ?? [];

test('the image has the programs of the package, Node of the version that it needs, and a user of its own', () => {
  const { engines } = JSON.parse(textOf('package.json')) as { readonly engines: { readonly node: string } };
  const nodes = [...containerfile.matchAll(/^FROM docker\.io\/library\/node:(\d+)-/gm)].map(
    ([, major]) => `>=${major}`,
  );
  assert.equal(nodes, [engines.node, engines.node]);
  const depends = /Depends: nodejs[^,]*, (\w+)/.exec(textOf('scripts/deb/control.mjs'))?.[1];
  assert.is(depends, 'ffmpeg');
  assert.match(containerfile, /install[^&]* ffmpeg /);
  assert.match(textOf('scripts/deb.mjs'), "out: { type: 'string' }");
  assert.match(containerfile, /npm run deb -- --out \/out\n/);
  // The name of the package that `deb.mjs` writes.
  assert.match(textOf('scripts/deb.mjs'), /`streamherd_\$\{debianVersion\(ours\)\}_all\.deb`/);
  assert.match(containerfile, /dpkg-deb --extract \/out\/streamherd_\*_all\.deb \//);
  assert.match(textOf('scripts/deb/tree.mjs'), "join(tree, 'usr/bin/streamherd')");
  assert.match(containerfile, /ENTRYPOINT \["\/usr\/bin\/tini", "--", "\/usr\/bin\/streamherd"\]/);
  assert.match(containerfile, /^USER streamherd$/m);
});

test('ports, folders and times are those of the configuration', () => {
  const { content } = configs.streamherd as { readonly content: string };
  for (const [name, { hostname, ports, volumes: mounted, configs: files }] of named('s')) {
    assert.is(hostname, name);
    const config = configOf(content, hostname);
    assert.is(config.publicUrl, `http://localhost:${ports?.[0]?.split(':')[0]}`, 'what a redirect names is published');
    assert.is(config.peerUrl, `http://${name}:${config.http.port}`);
    assert.is(ports?.[0]?.split(':')[1], String(config.http.port));
    assert.equal(isMatched(/^EXPOSE (\d+) (\d+)$/m), [String(config.http.port), String(config.beats?.port)]);
    assert.equal(isMatched(/fetch\('http:\/\/127\.0\.0\.1:(\d+)\/readyz'\)/), [String(config.http.port)]);
    assert.equal(mounted, [`${name}:${config.dataDir}`]);
    assert.equal(isMatched(/^VOLUME (\S+)$/m), [config.dataDir]);
    assert.equal(
      isMatched(/CMD \["run", "-c", "([^"]+)"\]/),
      files.map(({ target }) => target),
    );
    assert.equal(
      config.peers.map((peer) => peer.name),
      named('s').map(([server]) => server),
    );
    assert.equal(
      config.nats,
      named('n').map(([node]) => `nats://${node}:4222`),
    );
    const live = services[name]?.tmpfs?.find((mount) => config.liveDir?.startsWith(`${mount.split(':')[0]}/`));
    assert.match(live ?? '', ':mode=1777,', 'podman refuses uid and gid');
    assert.match(
      containerfile,
      `install -d -m 1777 ${live?.split(':')[0]}\n`,
      'runc copies the mode that it finds there',
    );
    const unit = /TimeoutStopSec=(\d+)/.exec(textOf('config/streamherd.service'))?.[1];
    assert.is(services[name]?.stop_grace_period, `${unit}s`);
  }
});

test('the NATS servers get what their file asks of the environment, and each knows all', () => {
  const { file } = configs.nats as { readonly file: string };
  const conf = readFileSync(join(COMPOSE_FOLDER, file), 'utf8');
  const asked = [...new Set([...conf.matchAll(/^[^#\n]*\$(STREAMHERD_\w+)/gm)].map(([, name]) => name))].sort();
  const nodes = named('n');
  assert.is(nodes.length, 3);
  for (const [name, { environment = {}, healthcheck, volumes: mounted, working_dir }] of nodes) {
    assert.equal(Object.keys(environment).sort(), asked);
    assert.is(environment.STREAMHERD_NATS_NAME, name);
    const routes = nodes.map(([node]) => `nats://herd:${KEY}@${node}:6222`).join(', ');
    assert.is(environment.STREAMHERD_NATS_ROUTES, `[${routes}]`);
    assert.match(conf, `"${healthcheck?.test.at(-1)?.replace(/^http:\/\/|\/healthz$/g, '')}"`);
    assert.equal(mounted, [`${name}:${working_dir}`]);
  }
  assert.equal(Object.keys(volumes), Object.keys(services));
});

test('what is copied and built from is there, and no secret gets into a layer', () => {
  const copied = [...containerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '));
  assert.equal(copied, ['package.json', 'package-lock.json', '.']);
  for (const path of copied) assert.ok(existsSync(join(PROJECT, path)), path);
  const { context, dockerfile } = services.s01?.build ?? { context: '', dockerfile: '' };
  assert.is(join(COMPOSE_FOLDER, context, '/'), PROJECT);
  assert.ok(statSync(join(COMPOSE_FOLDER, context, dockerfile)).isFile());
  const ignored = textOf('.dockerignore').split('\n');
  for (const name of ['.git', 'node_modules', 'dist', '.env', '*.env']) assert.ok(ignored.includes(name), name);
  for (const path of copied) assert.not.ok(ignored.includes(path), path);
});

test.run();
