import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { SystemRoot } from './system-root.ts';

/**
 * Machines with a root file system and a network address each, on one switch:
 *
 *     s01 10.0.0.1 ──veth── bridge (a namespace of its own) ──veth── s02 10.0.0.2 …
 */
export class Machines implements AsyncDisposable {
  readonly #switch: SystemRoot;
  readonly #roots = new Map<string, SystemRoot>();

  private constructor(bridge: SystemRoot) {
    this.#switch = bridge;
  }

  static async of(names: readonly string[]): Promise<Machines> {
    const machines = new Machines(await SystemRoot.of());
    try {
      await machines.#switch.done('ip link add bridge type bridge && ip link set bridge up');
      for (const [index, name] of names.entries()) await machines.#add(name, index + 1);
      return machines;
    } catch (error) {
      await machines[Symbol.asyncDispose]();
      throw error;
    }
  }

  get names(): readonly string[] {
    return [...this.#roots.keys()];
  }

  root(name: string): SystemRoot {
    const root = this.#roots.get(name);
    if (root === undefined) throw new RangeError(`no machine ${name}`);
    return root;
  }

  /** Stands for scp into a home folder. `to`: `root@10.0.0.2:` */
  async copy(from: string, file: string, to: string, home: string): Promise<void> {
    const [, index] = /^root@10\.0\.0\.(\d+):$/.exec(to) ?? [];
    const name = this.names[Number(index) - 1];
    if (name === undefined) throw new Error(`no machine of the guide: ${to}`);
    const bytes = await readFile(join(this.root(from).path, file));
    await writeFile(join(this.root(name).path, home, file.split('/').at(-1) ?? ''), bytes, { mode: 0o600 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#roots.values(), this.#switch].map((root) => root[Symbol.asyncDispose]()));
  }

  async #add(name: string, index: number): Promise<void> {
    const root = await SystemRoot.of();
    this.#roots.set(name, root);
    // By the numbers of processes as they are outside: in its own namespace each root is process 1.
    const link = `link add ${name} type veth peer name eth0 netns ${root.pid}`;
    await execa('nsenter', ['--target', `${this.#switch.pid}`, '--net', 'ip', ...link.split(' ')]);
    await this.#switch.done(`ip link set ${name} master bridge up`);
    await root.done(`hostname ${name} && ip addr add 10.0.0.${index}/24 dev eth0 && ip link set eth0 up`);
  }
}
