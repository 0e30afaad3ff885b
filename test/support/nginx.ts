import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { freePorts } from '../../src/demo/free-ports.ts';
import { dyingWithParent } from './dying-with-parent.ts';
import { eventually } from './eventually.ts';
import { tempFolder } from './temp-folder.ts';

const CONF = fileURLToPath(new URL('../../../config/nginx.conf', import.meta.url));
const BINARY = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  .map((folder) => join(folder, 'nginx'))
  .find((file) => existsSync(file));

export const hasNginx = BINARY !== undefined;

export interface TlsAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Buffer;
}

export interface Nginx extends AsyncDisposable {
  /** `https://localhost:<port>` */
  readonly url: string;
  /** `from`: an address of the loopback network. `onPiece`: told of each piece of the body as it comes. */
  ask(path: string, options?: RequestOptions & { body?: string; onPiece?: (text: string) => void }): Promise<TlsAnswer>;
}

/** A real nginx by `config/nginx.conf`, but for its ports and its certificate, in front of the server on `port`. */
export async function startNginx(port: number): Promise<Nginx> {
  const folder = await tempFolder();
  let child: ChildProcess | undefined;
  const dispose = async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const end = once(child, 'exit');
      child.kill('SIGTERM');
      await end;
    }
    await folder[Symbol.asyncDispose]();
  };
  try {
    const [tlsPort = 0, plainPort = 0] = await freePorts(2);
    const key = join(folder.path, 'key.pem');
    const certificate = join(folder.path, 'certificate.pem');
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    await execa('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate]);
    const site = join(folder.path, 'site.conf');
    await writeFile(site, await siteText({ port, tlsPort, plainPort, key, certificate }));
    const main = join(folder.path, 'nginx.conf');
    await writeFile(main, mainText(folder.path, site));
    const [file = '', ...args] = [...dyingWithParent('KILL'), BINARY ?? 'nginx', '-p', folder.path, '-c', main];
    child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const ca = await readFile(certificate, 'utf8');
    const ask: Nginx['ask'] = (path, options = {}) =>
      answerOf({ ...options, host: 'localhost', port: tlsPort, path, ca });
    await eventually('nginx answers', async () => {
      if (child?.exitCode !== null) throw new Error(log);
      return (await ask('/livez')).status === 200;
    });
    return { url: `https://localhost:${tlsPort}`, ask, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface Site {
  readonly port: number;
  readonly tlsPort: number;
  readonly plainPort: number;
  readonly key: string;
  readonly certificate: string;
}

async function siteText({ port, tlsPort, plainPort, key, certificate }: Site): Promise<string> {
  const changes: readonly (readonly [RegExp, string])[] = [
    [/server 127\.0\.0\.1:8080;/, `server 127.0.0.1:${port};`],
    [/listen 443 ssl;/, `listen 127.0.0.1:${tlsPort} ssl;`],
    [/listen 80;/, `listen 127.0.0.1:${plainPort};`],
    [/ssl_certificate [^;]+;/, `ssl_certificate ${certificate};`],
    [/ssl_certificate_key [^;]+;/, `ssl_certificate_key ${key};`],
  ];
  const text = await readFile(CONF, 'utf8');
  return changes.reduce((edited, [from, to]) => {
    if (!from.test(edited)) throw new Error(`config/nginx.conf has nothing like ${from}`);
    return edited.replace(from, to);
  }, text);
}

/** What stands around the files of `conf.d`, with everything that it writes in `folder`. */
function mainText(folder: string, site: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  return [
    'daemon off; master_process off; worker_processes 1;',
    `pid ${folder}/nginx.pid; error_log stderr;`,
    'events { worker_connections 256; }',
    `http { access_log off; ${temporary.join(' ')} include ${site}; }`,
  ].join('\n');
}

function answerOf({
  body,
  onPiece,
  ...options
}: RequestOptions & { body?: string; onPiece?: (text: string) => void }): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...options, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        onPiece?.(piece.toString());
      });
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, location: headers.location, body: Buffer.concat(pieces) });
      });
    });
    asking.on('error', reject);
    asking.end(body);
  });
}
