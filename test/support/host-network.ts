import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { dyingWithParent } from './dying-with-parent.ts';
import { eventually } from './eventually.ts';

/** Where a process runs: an address of its own, and what its command line begins with. */
export interface Place {
  readonly address: string;
  readonly within: readonly string[];
}

export const LOOPBACK: Place = { address: '127.0.0.1', within: [] };

/** The name of the cameras in a cut, as if they were a host. They run in the test's own namespace. */
export const CAMERAS = 'cameras';
const CAMERAS_ADDRESS = '10.77.0.1';
/** Rules are asked in this order: cuts, then what is delivered here, so that the cameras can be cut off too. */
const CUT_PREFERENCE = 10;
const INTERCEPTED_PREFERENCE = 20;
const NOT_INTERCEPTED_PREFERENCE = 30;
const LOCAL_PREFERENCE = 1000;

const run = promisify(execFile);

/**
 * Hosts of their own on one machine, each a network namespace, around a hub that routes between them:
 *
 *     s1 ──veth── hub (the test, its cameras) ──veth── n1
 *     s2 ──veth──  │   a cut is a rule here    ──veth── n2
 *
 * Packets on a cut way are dropped silently, as by a switch that is off: in one direction or both, for any pair of
 * hosts. The test itself always reaches every host: it has addresses that no cut names.
 *
 * Only for a process of `runInNamespaces`. The hosts' namespaces have no names: each lives as long as a process in it does.
 */
export class HostNetwork implements AsyncDisposable {
  readonly #hosts = new Map<string, Host>();
  #cuts = 0;

  static async of(names: readonly string[]): Promise<HostNetwork> {
    const network = new HostNetwork();
    try {
      await network.#build(names);
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  place(name: string): Place {
    if (name === CAMERAS) return { address: CAMERAS_ADDRESS, within: [] };
    const host = this.#hosts.get(name);
    if (host === undefined) throw new RangeError(`no host ${name}`);
    return { address: host.address, within: ['nsenter', `--net=/proc/${host.pid}/ns/net`] };
  }

  /** From now on nothing of `from` reaches `to`; until `heal`. */
  async cutOneWay(from: readonly string[], to: readonly string[]): Promise<void> {
    const rules = from.flatMap((sender) =>
      to.map((receiver) => {
        const [source, target] = [this.place(sender).address, this.place(receiver).address];
        return `rule add pref ${CUT_PREFERENCE} from ${source} to ${target} blackhole`;
      }),
    );
    this.#cuts += rules.length;
    await ip([], rules);
  }

  async cut(these: readonly string[], those: readonly string[]): Promise<void> {
    await this.cutOneWay(these, those);
    await this.cutOneWay(those, these);
  }

  /** From now on no host can connect to the port of this host, as behind a firewall; connections that this host opens work. Until `heal`. */
  async closePort(name: string, port: number): Promise<void> {
    this.#cuts += 1;
    await ip(
      [],
      [`rule add pref ${CUT_PREFERENCE} to ${this.place(name).address} ipproto tcp dport ${port} blackhole`],
    );
  }

  /**
   * From now on connections of `from` to the TCP port of `to` reach the hub itself: a process there that listens on that port of that address.
   * The hub's own connections reach `to`, as those of all other hosts do. Until it is disposed of.
   */
  async intercept(from: string, to: string, port: number): Promise<AsyncDisposable> {
    const [source, target] = [this.place(from).address, this.place(to).address];
    const intercepted = `pref ${INTERCEPTED_PREFERENCE} from ${source} to ${target} ipproto tcp dport ${port} lookup local`;
    const others = `pref ${NOT_INTERCEPTED_PREFERENCE} to ${target} lookup main`;
    // The address is one of the hub too, so that a process can listen on it; the rules say for which packets.
    const local = `local ${target} dev lo table local`;
    await ip([], [`rule add ${intercepted}`, `rule add ${others}`, `route add ${local}`]);
    return {
      [Symbol.asyncDispose]: () => ip([], [`route del ${local}`, `rule del ${others}`, `rule del ${intercepted}`]),
    };
  }

  /** Ends every cut. */
  async heal(): Promise<void> {
    await ip([], Array<string>(this.#cuts).fill(`rule del pref ${CUT_PREFERENCE}`));
    this.#cuts = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hosts = [...this.#hosts.values()];
    await Promise.all(hosts.map(({ holder }) => ended(holder)));
    await this.heal();
    // The kernel takes a dead namespace's interfaces away too, but some time later.
    for (const { link } of hosts) await ip([], [`link del ${link}`]).catch(() => undefined);
  }

  async #build(names: readonly string[]): Promise<void> {
    await prepareHub();
    for (const [index, name] of names.entries()) {
      const holder = await startHolder();
      const host = new Host(holder, index + 1);
      this.#hosts.set(name, host);
      await ip(
        [],
        [
          `link add ${host.link} type veth peer name eth0 netns ${host.pid}`,
          `addr add ${host.gateway}/24 dev ${host.link}`,
          `link set ${host.link} up`,
        ],
      );
      await ip(this.place(name).within, [
        'link set lo up',
        `addr add ${host.address}/24 dev eth0`,
        'link set eth0 up',
        `route add default via ${host.gateway}`,
      ]);
    }
  }
}

class Host {
  readonly holder: ChildProcess;
  readonly pid: number;
  readonly link: string;
  readonly gateway: string;
  readonly address: string;

  constructor(holder: ChildProcess, index: number) {
    this.holder = holder;
    this.pid = holder.pid ?? 0;
    this.link = `host${index}`;
    this.gateway = `10.77.${index}.1`;
    this.address = `10.77.${index}.2`;
  }
}

let isHubPrepared = false;

async function prepareHub(): Promise<void> {
  if (isHubPrepared) return;
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  await ip(
    [],
    [
      'link set lo up',
      `addr add ${CAMERAS_ADDRESS}/32 dev lo`,
      `rule add pref ${LOCAL_PREFERENCE} lookup local`,
      'rule del pref 0',
    ],
  );
  isHubPrepared = true;
}

/** A process whose only purpose is to keep a network namespace alive. */
async function startHolder(): Promise<ChildProcess> {
  const [file = '', ...args] = [...dyingWithParent('KILL'), 'unshare', '--net', 'sleep', 'infinity'];
  const holder = spawn(file, args, { stdio: 'ignore' });
  const hub = readlinkSync('/proc/self/ns/net');
  await eventually('a host has its namespace', () => readlinkSync(`/proc/${holder.pid}/ns/net`) !== hub, {
    everyMs: 5,
  });
  return holder;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function ip(within: readonly string[], commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  const [file = '', ...args] = [...within, 'ip', '-batch', '-'];
  const running = run(file, args);
  running.child.stdin?.end(`${commands.join('\n')}\n`);
  await running;
}
