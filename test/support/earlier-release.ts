import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Unpacks a release of `test/fixtures/releases` into `folder`. What it depends on is what the project depends on now.
 *
 * @returns its main file.
 */
export async function unpackRelease(version: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const tarball = join(PROJECT, 'test', 'fixtures', 'releases', `streamherd-${version}.tgz`);
  await execa('tar', ['xzf', tarball, '-C', folder, '--strip-components=1']);
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'dist', 'src', 'main.js');
}
