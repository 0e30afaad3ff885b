import { copyFile, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CertificateFiles } from '../../src/host/tls-certificate.ts';

const FIXTURES = new URL('../../../test/fixtures/tls/', import.meta.url);

/** Each is for localhost and 127.0.0.1, signed by itself. */
export type TestCertificate = 'first' | 'second';

export function certificateOf(name: TestCertificate): Promise<Buffer> {
  return readFile(fixture(`${name}.crt`));
}

export function certificateFiles(folder: string): CertificateFiles {
  return { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
}

/** Puts the file of one certificate, or of its key, in place as programs do that renew them. */
export async function install(name: TestCertificate, kind: 'crt' | 'key', folder: string): Promise<void> {
  const file = join(folder, `tls.${kind}`);
  await copyFile(fixture(`${name}.${kind}`), `${file}.new`);
  await rename(`${file}.new`, file);
}

function fixture(name: string): string {
  return fileURLToPath(new URL(name, FIXTURES));
}
