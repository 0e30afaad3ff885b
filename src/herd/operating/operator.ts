import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { formatDefinitionProblem } from '../../domain/definition/definition-problem.ts';
import type { StreamDefinition } from '../../domain/definition/stream-definition.ts';
import { parseDefinition, printDefinition, readDefinition } from '../../domain/definition/stream-definition-schema.ts';
import { formsOf, parseStreamName, type StreamName, streamNameProblem } from '../../domain/definition/stream-name.ts';
import type { Stale } from '../../domain/status.ts';
import type { ApplyAnswer, Change, HerdChanges, OperatorAction, Refusal } from '../../http/api/herd-api.ts';
import type { Readiness } from '../../http/public/media-messages.ts';
import type { Store, WriteOutcome } from '../../nats/buckets/store.ts';
import type { Bus } from '../../nats/connection/bus.ts';
import { reasonOf } from '../../nats/connection/bus-error.ts';
import { askControl } from '../../nats/services/control.ts';
import type { Herd } from '../herd.ts';
import type { MembershipLink } from '../joining/membership-link.ts';
import { bringInLine, planOf } from './apply-definitions.ts';
import type { DrainMark } from './drain-mark.ts';

interface Deps {
  readonly config: Pick<Config, 'serverName'>;
  readonly bus: Bus;
  readonly streams: Store;
  readonly servers: Store;
  readonly herd: Herd;
  readonly link: MembershipLink;
  readonly drainMark: Pick<DrainMark, 'set'>;
}

const COMMAND_TIMEOUT_MS = 3000;
const MAX_WRITE_ATTEMPTS = 3;
/** Its capture would stop, and no server could take it. */
const BUS_AWAY = 'nothing can be handed over while the bus is away';

/** What one server asks of another, for an operator most of the time. */
const commandSchema = z.union([
  z.object({ command: z.literal('drain'), draining: z.boolean() }),
  z.object({ command: z.literal('move'), stream: z.string(), to: z.string() }),
  /** Not an operator's: a server of this name was refused. */
  z.object({ command: z.literal('namesake'), host: z.string(), dataDir: z.string() }),
]);
type Command = z.infer<typeof commandSchema>;

const changeSchema = z.union([
  z.object({ ok: z.literal(true), why: z.string() }),
  z.object({ ok: z.literal(false), status: z.literal([400, 404, 409, 503]), error: z.string() }),
]);

/** What operators and their programs change, asked of any server. */
export class Operator implements HerdChanges {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  stale(): Stale | undefined {
    return this.#deps.herd.staleness.now;
  }

  ready(): Readiness {
    const { link, bus } = this.#deps;
    const stale = this.stale();
    const old = stale && { stale };
    const without = bus.connected ? '' : ` without the bus${bus.trouble === undefined ? '' : `: ${bus.trouble}`}`;
    if (!link.stands) return { ready: false, why: `this server has no standing in its herd${without}`, ...old };
    return { ready: true, why: `it stands in its herd${without}`, ...old };
  }

  async putStream(name: StreamName, text: string, seen?: number): Promise<Change<{ readonly created: boolean }>> {
    const parsed = parseDefinition(text);
    if (!parsed.ok) {
      const said = parsed.problems.map(formatDefinitionProblem).join('; ');
      return { ...refusal(400, `the definition of ${name} is refused: ${said}`), problems: parsed.problems };
    }
    const created = !this.#isDefined(name);
    if (!created && seen === 0) return refusal(409, `there is a stream ${name} already`);
    // A definition that an operator puts belongs to no file any more, unless the text itself names one.
    const written = await this.#write(name, printDefinition(parsed.definition), seen);
    const change = changed(written, name, created ? 'it is defined' : 'its definition is replaced');
    return change.ok ? { ...change, created } : change;
  }

  async deleteStream(name: StreamName, seen?: number): Promise<Change> {
    const defined = this.#deps.herd.definitions.get(name);
    if (defined === undefined) return refusal(404, `there is no stream ${name}`);
    const files = defined.definition?.appliedFrom ?? [];
    const back = files.length === 0 ? '' : `; ${backFrom(files)} at the next start or SIGHUP there`;
    return changed(await this.#write(name, null, seen), name, `its definition is removed${back}`);
  }

  async removeServer(name: string): Promise<Change> {
    const { herd, servers } = this.#deps;
    const record = herd.servers.get(name);
    if (record === undefined) return refusal(404, `there is no server ${name}`);
    if (record.state !== 'down')
      return refusal(409, `${name} is ${record.state}: only a server that is down can be removed`);
    return changed(await servers.remove(name, herd.servers.revisionOf(name)), name, 'it is off the list');
  }

  drain(name: string): Promise<Change> {
    return this.#order(name, { command: 'drain', draining: true });
  }

  undrain(name: string): Promise<Change> {
    return this.#order(name, { command: 'drain', draining: false });
  }

  async move(name: StreamName, to: string): Promise<Change> {
    const { herd } = this.#deps;
    if (!this.#isDefined(name)) return refusal(404, `there is no stream ${name}`);
    const target = herd.servers.get(to);
    if (target === undefined) return refusal(404, `there is no server ${to}`);
    if (target.state !== 'up') return refusal(409, `${to} is ${target.state}, and takes no streams`);
    const owner = herd.views.liveOwner(name);
    if (owner === undefined) return refusal(503, `${name} is captured nowhere right now`);
    if (owner.server === to) return { ok: true, why: `${to} has it already` };
    if (this.stale() !== undefined) return refusal(503, BUS_AWAY);
    const home = herd.definitions.get(name)?.definition?.captureAt;
    if (home !== undefined && home !== to && herd.servers.get(home)?.state === 'up') {
      return refusal(409, `${name} is pinned to ${home}, which is up and would get it back: change its capture_at`);
    }
    return this.#order(owner.server, { command: 'move', stream: name, to });
  }

  async apply(file: string, wanted: Readonly<Record<string, unknown>>, dryRun: boolean): Promise<Change<ApplyAnswer>> {
    const read: { name: StreamName; definition: StreamDefinition }[] = [];
    for (const [name, definition] of Object.entries(wanted)) {
      const stream = parseStreamName(name);
      if (stream === undefined) return refusal(400, `${JSON.stringify(name)}: ${streamNameProblem(name)}`);
      const parsed = readDefinition(definition);
      if (!parsed.ok) {
        const said = parsed.problems.map(formatDefinitionProblem).join('; ');
        return { ...refusal(400, `the definition of ${name} is refused: ${said}`), problems: parsed.problems };
      }
      read.push({ name: stream, definition: parsed.definition });
    }
    const { herd, streams } = this.#deps;
    if (dryRun) {
      const steps = planOf(file, read, herd.definitions).map(({ action, name, why }) => ({ action, name, why }));
      return { ok: true, why: 'nothing was changed', steps };
    }
    const { done, failed } = await bringInLine(file, read, herd.definitions, streams);
    if (failed.length === 0) return { ok: true, why: 'applied', steps: done };
    const reasons = failed.map(({ name, why }) => `${name}: ${why}`).join('; ');
    return refusal(503, `${failed.length} of ${failed.length + done.length} streams were not applied (${reasons})`);
  }

  acted({ by, why, stream, server }: OperatorAction): void {
    const about = { ...(stream !== undefined && { stream }), ...(server !== undefined && { subject: server }) };
    this.#deps.herd.tell({ kind: 'operator-acted', why, by, ...about });
  }

  /** Does what another server's operator asks of this one. */
  async obey(text: unknown): Promise<Change> {
    const { data: command } = commandSchema.safeParse(text);
    if (command === undefined) throw new Error('this server does not know that command');
    if (command.command === 'drain') return this.#drain(command.draining);
    if (command.command === 'namesake') {
      this.#deps.herd.followers.namesakeRefused(command);
      return { ok: true, why: 'it is shown' };
    }
    const { herd } = this.#deps;
    const stream = parseStreamName(command.stream);
    const { to } = command;
    const request = { type: 'move.requested', to, why: `an operator moves it to ${to}` } as const;
    // A capture that is being stopped has its heir already.
    if (stream === undefined || !herd.registry.snapshot(stream)?.can(request)) {
      return refusal(409, `${command.stream} is not captured here right now, or is being handed back: ask again`);
    }
    if (this.stale() !== undefined) return refusal(503, BUS_AWAY);
    herd.registry.send(stream, request);
    return { ok: true, why: `it is handed back to ${command.to}` };
  }

  /** Takes effect at once, whatever the disk does; the answer comes when it is known whether the drain outlasts a restart. */
  async #drain(draining: boolean): Promise<Change> {
    const { link, drainMark } = this.#deps;
    link.drain(draining);
    const problem = await drainMark.set(draining);
    const done = draining ? 'it hands its streams back' : 'it takes streams again';
    const when = this.stale() === undefined ? done : `${done} as soon as the bus is back`;
    return { ok: true, why: problem === undefined ? when : `${when}, but a restart may undo that: ${problem}` };
  }

  #isDefined(name: StreamName): boolean {
    return this.#deps.herd.definitions.get(name) !== undefined;
  }

  /**
   * Without `seen` the last change counts: the operator does not name the old definition, and the view may lag behind this server's own
   * writes. With it nothing else than what was seen is replaced; 0 also means the marker of a removal, whatever its revision is.
   */
  async #write(name: StreamName, text: string | null, seen?: number): Promise<WriteOutcome> {
    const { herd, streams } = this.#deps;
    const { key } = formsOf(name);
    let expected = seen || herd.definitions.revisionOf(name);
    for (let attempt = 1; ; attempt++) {
      const written = text === null ? await streams.remove(key, expected) : await streams.update(key, text, expected);
      if (written.outcome !== 'lost' || attempt === MAX_WRITE_ATTEMPTS) return written;
      try {
        const entry = await streams.read(key);
        const isAnother = seen !== undefined && (seen > 0 || (entry?.text ?? null) !== null);
        if (isAnother) return written;
        expected = entry?.revision ?? 0;
      } catch (error) {
        return { outcome: 'unknown', why: reasonOf(error) };
      }
    }
  }

  async #order(server: string, command: Command): Promise<Change> {
    const { herd, config, bus } = this.#deps;
    const record = herd.servers.get(server);
    if (record === undefined) return refusal(404, `there is no server ${server}`);
    if (record.state === 'down') return refusal(409, `${server} is down`);
    if (server === config.serverName) return this.obey(command);
    const answer = await askControl(bus, server, command, COMMAND_TIMEOUT_MS);
    if (!answer.ok) return refusal(503, `${server} did not do it: ${answer.why}`);
    const { data: change } = changeSchema.safeParse(answer.result);
    return change ?? refusal(503, `${server} answered what this version does not know: is it another one?`);
  }
}

function backFrom(files: readonly string[]): string {
  return files.length === 1
    ? `the file of ${files[0]} brings it back`
    : `the files of ${files.join(', ')} bring it back`;
}

function refusal(status: Refusal['status'], error: string): Refusal {
  return { ok: false, status, error };
}

function changed(written: WriteOutcome, name: string, why: string): Change {
  if (written.outcome === 'won') return { ok: true, why };
  if (written.outcome === 'lost')
    return refusal(409, `${name} was changed by another client at the same time: look again`);
  return refusal(503, `the bus did not confirm the change of ${name}: ${written.why}`);
}
