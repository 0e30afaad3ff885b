import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { systemReason } from '../domain/system-error.ts';

/** What a server shows to clients of HTTPS, PEM as its files have it. */
export interface TlsCertificate {
  /** With the certificates of the authorities between, if there are any. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Unix. */
  readonly expiresMs: number;
  /** Host names and addresses that it is good for: `DNS:s01.example.com, IP Address:10.0.0.1`. */
  readonly names: string;
}

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Programs that renew certificates do so 30 days before the end. */
export const EXPIRES_SOON_MS = 14 * 86_400_000;
/** Longer than any chain of certificates. */
const MAX_BYTES = 1024 * 1024;

/** @throws Error that names the file, and what is wrong with it. */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<TlsCertificate> {
  const [cert, key] = [await readPem(certFile), await readPem(keyFile)];
  const certificate = parsed(certFile, 'a certificate in PEM', () => new X509Certificate(cert));
  const privateKey = parsed(keyFile, 'a private key in PEM, without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) throw new Error(`${keyFile}: it is not the key of ${certFile}`);
  parsed(certFile, 'certificates in PEM that TLS can use', () => createSecureContext({ cert, key }));
  return { cert, key, expiresMs: Date.parse(certificate.validTo), names: certificate.subjectAltName ?? 'no host' };
}

/** Changes when one of the files does, also when a link to it does. Never rejects. */
export async function versionOf({ certFile, keyFile }: CertificateFiles): Promise<string> {
  const versions = [certFile, keyFile].map(async (file) => {
    try {
      const { ino, size, mtimeMs } = await stat(file);
      return `${ino} ${size} ${mtimeMs}`;
    } catch (error) {
      return systemReason(error);
    }
  });
  return (await Promise.all(versions)).join('; ');
}

async function readPem(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes, found ${size}`);
    return await readFile(file);
  } catch (error) {
    throw new Error(`${file}: ${systemReason(error)}`, { cause: error });
  }
}

function parsed<Value>(file: string, expected: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: expected ${expected} (${why})`, { cause: error });
  }
}
