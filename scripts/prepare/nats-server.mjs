import { findNatsServer, OLDEST_NATS_SERVER, toolsNatsServer } from '../../src/nats/own-server/nats-server-path.mjs';
import { isOnPath } from './command.mjs';
import { readDistribution } from './distribution.mjs';
import { unpackProgram } from './unpacked-program.mjs';

/**
 * nats-server from the machine's own mirror, out of a suite newer than the machine's: Debian 12 and 13 and Ubuntu 24.04
 * have one that is too old.
 *
 * The binary needs only libc (2.34 or later), so another suite's package runs.
 */
export function natsServer(root) {
  const search = findNatsServer(root);
  if (search.found) return undefined;
  const { major, minor } = OLDEST_NATS_SERVER;
  const byHand =
    `${search.why}. Put one on PATH, or the program itself at ${toolsNatsServer(root)} ` +
    `(${major}.${minor} or later, see https://nats.io/download)`;
  const distribution = isOnPath('apt-get') && isOnPath('dpkg') ? readDistribution() : undefined;
  if (distribution === undefined) {
    return { what: 'nats-server', problem: `${byHand}: this is not a Debian or Ubuntu with a mirror to fetch it from` };
  }
  return {
    what: `nats-server into .tools/, from suite ${distribution.suite} of ${distribution.mirror}`,
    problem: undefined,
    install: () => {
      try {
        download(root, distribution);
      } catch (error) {
        throw new Error(`${error.message}\n${byHand}`, { cause: error });
      }
    },
  };
}

function download(root, distribution) {
  unpackProgram(root, distribution, { package: 'nats-server', program: 'nats-server', place: toolsNatsServer(root) });
  const result = findNatsServer(root);
  if (!result.found) throw new Error(`the nats-server of suite ${distribution.suite} cannot be used: ${result.why}`);
}
