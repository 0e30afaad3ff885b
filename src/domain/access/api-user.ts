/** May see, or also change. */
export type Role = 'view' | 'edit';

/** A user of the HTTP API, as the configuration file names it. */
export interface ApiUser {
  readonly name: string;
  /** As written: the password itself, or its hash as `printPasswordHash` writes it. */
  readonly password: string;
  readonly role: Role;
}

/** A password as scrypt (RFC 7914) leaves it: the password cannot be found from it in reasonable time. */
export interface PasswordHash {
  /** Of scrypt: cost, block size, parallelization. Memory is 128 × cost × blockSize bytes. */
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** What one check of a password may cost: 64 MiB, and some tenths of a second of a core. */
const MAX_MEMORY = 64 * 1024 * 1024;
const MAX_PARALLELIZATION = 4;
const MIN_COST = 1024;
const SALT_BYTES = { least: 8, most: 64 };
const HASH_BYTES = { least: 16, most: 64 };

export const HASH_EXPECTED = 'a hash like scrypt$32768$8$1$<salt>$<hash>, as "streamherd hash-password" prints it';

/** Whether it looks like a hash: no password may begin like one. */
export function isPasswordHash(text: string): boolean {
  return text.startsWith('scrypt$');
}

/** `scrypt$<cost>$<block size>$<parallelization>$<salt>$<hash>`, the last two in base64. */
export function printPasswordHash({ cost, blockSize, parallelization, salt, hash }: PasswordHash): string {
  return ['scrypt', cost, blockSize, parallelization, base64(salt), base64(hash)].join('$');
}

/** `undefined`: it is no such hash, or one that would cost too much to check. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [, ...parts] =
    /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d)\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const [cost = 0, blockSize = 0, parallelization = 0] = parts.slice(0, 3).map(Number);
  const isCostly = 128 * cost * blockSize > MAX_MEMORY || parallelization > MAX_PARALLELIZATION;
  if (cost < MIN_COST || (cost & (cost - 1)) !== 0 || blockSize < 1 || parallelization < 1 || isCostly)
    return undefined;
  const [salt, hash] = parts.slice(3).map(bytes);
  if (!isWithin(salt, SALT_BYTES) || !isWithin(hash, HASH_BYTES)) return undefined;
  return { cost, blockSize, parallelization, salt, hash };
}

function isWithin(part: Uint8Array | undefined, { least, most }: typeof SALT_BYTES): part is Uint8Array {
  return part !== undefined && part.length >= least && part.length <= most;
}

function base64(part: Uint8Array): string {
  return btoa(String.fromCharCode(...part)).replace(/=+$/, '');
}

function bytes(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
