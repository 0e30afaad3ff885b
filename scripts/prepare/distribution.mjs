import { existsSync, readFileSync } from 'node:fs';
import { outputOf } from './command.mjs';

/**
 * Which distribution this is, which mirror its apt uses, and in which newer suite to look.
 *
 * The mirror comes from `apt-get indextargets`, which has read deb822 `.sources` and one-line `.list` files alike, with
 * variables, options and included parts resolved.
 */
const KNOWN = {
  debian: {
    origin: 'Debian',
    path: /\/debian\/?$/,
    suite: 'forky',
    components: 'main',
    keyring: 'debian-archive-keyring.gpg',
  },
  ubuntu: {
    origin: 'Ubuntu',
    path: /\/ubuntu(?:-ports)?\/?$/,
    // A link on every mirror of Ubuntu to the suite in development.
    suite: 'devel',
    components: 'universe',
    keyring: 'ubuntu-archive-keyring.gpg',
  },
};
const KEYRINGS = '/usr/share/keyrings';
const FORMAT = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)|$(IDENTIFIER)';

/** @returns {{ mirror: string, suite: string, components: string, keyring?: string } | undefined} */
export function readDistribution() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const targets = outputOf('apt-get', ['indextargets', '--format', FORMAT, 'Identifier: Packages']);
  const found = distributionOf(release, targets ?? '');
  if (found === undefined) return undefined;
  const keyring = `${KEYRINGS}/${found.keyring}`;
  return { ...found, keyring: existsSync(keyring) ? keyring : undefined };
}

/** The same from the texts of /etc/os-release and of `apt-get indextargets`; `keyring` is a file name. */
export function distributionOf(release, targets) {
  const ids = [...release.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, value]) => value.split(' '));
  const known = KNOWN[ids.find((id) => Object.hasOwn(KNOWN, id))];
  if (known === undefined) return undefined;
  const sources = targets
    .split('\n')
    .map((line) => line.split('|'))
    .filter(([uri, , component]) => uri && component === 'main')
    .map(([uri, suite, , origin]) => ({ uri, suite, origin }));
  // Sources of other vendors may have the same suite and component, and origins are known only once lists were fetched; so
  // in this order. A wrong choice fails on the signature.
  const codename = /^VERSION_CODENAME="?([^"\n]*)"?$/m.exec(release)?.[1];
  const own =
    sources.find(({ uri }) => known.path.test(uri)) ??
    sources.find(({ origin, suite }) => origin === known.origin && !suite.endsWith('-security')) ??
    sources.find(({ suite }) => suite === codename);
  if (own === undefined) return undefined;
  return { mirror: own.uri, suite: known.suite, components: known.components, keyring: known.keyring };
}
