import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { eventually } from '../support/eventually.ts';
import { type ComposeFile, type ComposeService, configText } from './compose-file.ts';

/** The services of a compose file, each as a container of podman. Debian's podman-compose knows no configurations with `content`. */
export class ComposedContainers implements AsyncDisposable {
  readonly #file: ComposeFile;
  /** For the files that are mounted. */
  readonly #folder: string;
  /** Of the names of the network, the volumes and the containers: no other container has it. */
  readonly #prefix = `streamherd-trial-${process.pid}`;

  constructor(file: ComposeFile, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  async start(): Promise<void> {
    await podman('network', 'create', this.#prefix);
    for (const [name, service] of Object.entries(this.#file.services)) {
      await podman('run', '--detach', '--name', this.#named(name), ...(await this.#options(name, service)));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = Object.keys(this.#file.services).map((name) => this.#named(name));
    // One that ends just now, or starts again, cannot be removed.
    await eventually('the containers are removed', async () => {
      await podman('rm', '--force', '--time', '0', '--ignore', ...names);
      return true;
    });
    await podman('volume', 'rm', '--force', ...Object.keys(this.#file.volumes).map((name) => this.#named(name)));
    await podman('network', 'rm', '--force', this.#prefix);
  }

  /** By the container's own health check. It is asked here, because podman asks it by timers of systemd. */
  async isHealthy(name: string): Promise<boolean> {
    const { exitCode } = await execa('podman', ['healthcheck', 'run', this.#named(name)], { reject: false });
    return exitCode === 0;
  }

  kill(name: string): Promise<string> {
    return podman('kill', '--signal', 'KILL', this.#named(name));
  }

  /** As `compose stop` does: the signal of the image, and SIGKILL after the grace of the file. */
  async stop(name: string): Promise<{ readonly exitCode: number; readonly seconds: number }> {
    const begin = performance.now();
    await podman('stop', this.#named(name));
    const seconds = (performance.now() - begin) / 1000;
    const exitCode = Number(await podman('inspect', '--format', '{{.State.ExitCode}}', this.#named(name)));
    return { exitCode, seconds };
  }

  startAgain(name: string): Promise<string> {
    return podman('start', this.#named(name));
  }

  /** What this program prints that Node runs in the container, as the container's user. */
  evaluate(name: string, program: string): Promise<string> {
    return podman('exec', this.#named(name), 'node', '--input-type=module', '--eval', program);
  }

  async log(name: string): Promise<string> {
    const { all } = await execa('podman', ['logs', this.#named(name)], { all: true, reject: false });
    return all;
  }

  #named(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  async #options(name: string, service: ComposeService): Promise<readonly string[]> {
    const each = (option: string, values: readonly string[] = []) => values.map((value) => `--${option}=${value}`);
    const { environment = {}, healthcheck, ulimits = {} } = service;
    return [
      `--network=${this.#prefix}`,
      `--network-alias=${name}`,
      `--restart=${service.restart}`,
      ...each('hostname', service.hostname === undefined ? [] : [service.hostname]),
      ...each('workdir', service.working_dir === undefined ? [] : [service.working_dir]),
      ...each(
        'env',
        Object.entries(environment).map(([key, value]) => `${key}=${value}`),
      ),
      ...each('volume', await this.#mounts(name, service)),
      ...each('publish', service.ports),
      ...each('tmpfs', service.tmpfs),
      ...each('cap-drop', service.cap_drop),
      ...each(
        'security-opt',
        service.security_opt?.map((option) => option.replace(/:true$/, '')),
      ),
      ...each('ulimit', Object.entries(ulimits).map(allowedLimit)),
      ...each('health-cmd', healthcheck === undefined ? [] : [JSON.stringify(healthcheck.test.slice(1))]),
      ...each('stop-timeout', service.stop_grace_period === undefined ? [] : [service.stop_grace_period.slice(0, -1)]),
      `--read-only=${service.read_only ?? false}`,
      '--read-only-tmpfs=false',
      service.image,
      ...(service.command ?? []),
    ];
  }

  async #mounts(name: string, { volumes, configs }: ComposeService): Promise<readonly string[]> {
    const files = configs.map(async ({ source, target }) => {
      const path = join(this.#folder, `${name}-${source}`);
      await writeFile(path, configText(this.#file.configs, source));
      // As compose mounts it: for every user of the container.
      await chmod(path, 0o444);
      return `${path}:${target}:ro`;
    });
    return [...volumes.map((volume) => this.#named(volume)), ...(await Promise.all(files))];
  }
}

export async function podman(...args: string[]): Promise<string> {
  return (await execa('podman', args)).stdout;
}

/** A limit that is above what this machine allows is lowered to that. */
function allowedLimit([name, wanted]: [string, number]): string {
  const line = { nofile: 'Max open files', core: 'Max core file size' }[name];
  const limits = readFileSync('/proc/self/limits', 'utf8').split('\n');
  const hard = limits.find((limit) => line !== undefined && limit.startsWith(line))?.split(/\s{2,}/)[2];
  const allowed = hard === undefined || hard === 'unlimited' ? wanted : Math.min(wanted, Number(hard));
  return `${name}=${allowed}:${allowed}`;
}
