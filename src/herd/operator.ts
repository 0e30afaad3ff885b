import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { formatDefinitionProblem } from '../domain/definition-problem.ts';
import type { HerdEvent } from '../domain/herd-event.ts';
import { whatIf } from '../domain/placement/what-if.ts';
import type { ServerStatus, StreamStatus, WhereAnswer } from '../domain/status.ts';
import type { StreamDefinition } from '../domain/stream-definition.ts';
import { parseDefinition, printDefinition, readDefinition } from '../domain/stream-definition-schema.ts';
import { formsOf, parseStreamName, type StreamName, streamNameProblem } from '../domain/stream-name.ts';
import type { ApplyReport, Change, EventsWanted, HerdApi, WhatIfReport } from '../http/herd-api.ts';
import type { Bus } from '../nats/connection.ts';
import { askControl } from '../nats/control.ts';
import { followEvents } from '../nats/event-feed.ts';
import type { Store, WriteOutcome } from '../nats/store.ts';
import { applyDefinitions, planOf } from './apply-definitions.ts';
import type { Herd } from './herd.ts';
import type { MembershipLink } from './membership-link.ts';

interface Deps {
  readonly config: Config;
  readonly bus: Bus;
  readonly streams: Store;
  readonly servers: Store;
  readonly herd: Herd;
  readonly link: MembershipLink;
}

const COMMAND_TIMEOUT_MS = 3000;

/** What one server asks another to do for an operator. */
const commandSchema = z.union([
  z.object({ command: z.literal('drain'), draining: z.boolean() }),
  z.object({ command: z.literal('move'), stream: z.string(), to: z.string() }),
]);
type Command = z.infer<typeof commandSchema>;

/** What operators and their programs ask of the herd, asked of any server. */
export class Operator implements HerdApi {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  streams(): readonly StreamStatus[] {
    return this.#deps.herd.views.statuses();
  }

  stream(name: string): { status: StreamStatus; definition: StreamDefinition | undefined } | undefined {
    const stream = parseStreamName(name);
    const status = stream && this.#deps.herd.views.status(stream);
    if (stream === undefined || status === undefined) return undefined;
    return { status, definition: this.#deps.herd.definitions.get(stream)?.definition };
  }

  servers(): readonly ServerStatus[] {
    return this.#deps.herd.views.servers();
  }

  where(name: string): WhereAnswer {
    const stream = parseStreamName(name);
    return stream === undefined ? { found: 'unknown', stream: name } : this.#deps.herd.views.where(stream);
  }

  ready(): { readonly ready: boolean; readonly why: string } {
    const { link, bus } = this.#deps;
    if (!link.stands) return { ready: false, why: 'this server has no standing in its herd' };
    return { ready: true, why: bus.connected ? 'it stands in its herd' : 'it stands in its herd without the bus' };
  }

  async putStream(name: string, text: string): Promise<Change> {
    const stream = parseStreamName(name);
    if (stream === undefined) return refusal(400, `${JSON.stringify(name)}: ${streamNameProblem(name)}`);
    const parsed = parseDefinition(text);
    if (!parsed.ok) {
      const problems = parsed.problems.map(formatDefinitionProblem);
      return { ...refusal(400, `the definition of ${name} is refused: ${problems.join('; ')}`), problems };
    }
    const { herd, streams } = this.#deps;
    const isNew = herd.definitions.get(stream) === undefined;
    // An operator's word by hand takes the stream away from whatever file applied it.
    const value = printDefinition(parsed.definition);
    const written = await streams.update(formsOf(stream).key, value, herd.definitions.revisionOf(stream));
    return changed(written, name, { created: isNew });
  }

  async deleteStream(name: string): Promise<Change> {
    const stream = this.#known(name);
    if (stream === undefined) return refusal(404, `there is no stream ${name}`);
    const { herd, streams } = this.#deps;
    return changed(await streams.remove(formsOf(stream).key, herd.definitions.revisionOf(stream)), name);
  }

  async removeServer(name: string): Promise<Change> {
    const { herd, servers } = this.#deps;
    const record = herd.servers.get(name);
    if (record === undefined) return refusal(404, `there is no server ${name}`);
    if (record.state !== 'down') return refusal(409, `${name} is ${record.state}: only a server that is down can be removed`);
    return changed(await servers.remove(name, herd.servers.revisionOf(name)), name);
  }

  drain(name: string): Promise<Change> {
    return this.#order(name, { command: 'drain', draining: true });
  }

  undrain(name: string): Promise<Change> {
    return this.#order(name, { command: 'drain', draining: false });
  }

  async move(name: string, to: string): Promise<Change> {
    const { herd } = this.#deps;
    const stream = this.#known(name);
    if (stream === undefined) return refusal(404, `there is no stream ${name}`);
    const target = herd.servers.get(to);
    if (target === undefined) return refusal(404, `there is no server ${to}`);
    if (target.state !== 'up') return refusal(409, `${to} is ${target.state}, and takes no streams`);
    const owner = herd.views.liveOwner(stream);
    if (owner === undefined) return refusal(503, `${name} is captured nowhere right now`);
    if (owner.server === to) return { ok: true };
    const home = herd.definitions.get(stream)?.definition?.captureAt;
    if (home !== undefined && home !== to && herd.servers.get(home)?.state === 'up') {
      return refusal(409, `${name} is pinned to ${home}, which is up and would get it back: change its capture_at`);
    }
    return this.#order(owner.server, { command: 'move', stream, to });
  }

  whatIf(without: string): WhatIfReport | undefined {
    const { herd } = this.#deps;
    const record = herd.servers.get(without);
    if (record === undefined || record.state === 'down') return undefined;
    const input = herd.rounds.input();
    const { plan, orphans, others } = whatIf(input, without);
    const carries = (owner: (stream: string) => string | undefined, server: string) =>
      input.streams.filter(({ name }) => owner(name) === server).length;
    return {
      moves: [...orphans, ...others].map(({ stream, from, to, why }) => ({ stream, from, to, why })),
      nowhere: plan.nowhere.map(({ stream }) => stream),
      servers: input.servers.map(({ name }) => ({
        name,
        before: carries((stream) => input.owners.get(stream), name),
        after: carries((stream) => plan.target.get(stream)?.server, name),
      })),
    };
  }

  async apply(
    file: string,
    streams: readonly { readonly name: string; readonly definition: unknown }[],
    dryRun: boolean,
  ): Promise<Change<ApplyReport>> {
    const read: { name: StreamName; definition: StreamDefinition }[] = [];
    for (const { name, definition } of streams) {
      const stream = parseStreamName(name);
      if (stream === undefined) return refusal(400, `${JSON.stringify(name)}: ${streamNameProblem(name)}`);
      const parsed = readDefinition(definition);
      if (!parsed.ok) {
        return refusal(400, `the definition of ${name} is refused: ${parsed.problems.map(formatDefinitionProblem).join('; ')}`);
      }
      read.push({ name: stream, definition: parsed.definition });
    }
    const steps = planOf(file, read, this.#deps.herd.definitions);
    const done = dryRun
      ? steps.map(({ action, name, why }) => ({ action, name, why }))
      : await applyDefinitions(steps, this.#deps.streams);
    return { ok: true, steps: done };
  }

  /** Stored events, and with `follow` those to come, until the signal. */
  async *events({ since, follow, stream, kind, signal }: EventsWanted): AsyncGenerator<HerdEvent> {
    yield* followed(this.#deps.bus, { since, follow, stream, kind, signal });
  }

  /** Does what another server's operator asks of this one. */
  async obey(text: unknown): Promise<Change> {
    const { data: command } = commandSchema.safeParse(text);
    if (command === undefined) throw new Error('this server does not know that command');
    const { herd, link } = this.#deps;
    if (command.command === 'drain') {
      link.drain(command.draining);
      return { ok: true };
    }
    const stream = this.#known(command.stream);
    if (stream === undefined || !herd.registry.snapshot(stream)?.matches('capturing')) {
      return refusal(409, `${command.stream} is not captured here any more: ask again`);
    }
    herd.registry.send(stream, { type: 'move.requested', to: command.to, why: `an operator moves it to ${command.to}` });
    return { ok: true };
  }

  #known(name: string): StreamName | undefined {
    const stream = parseStreamName(name);
    return stream !== undefined && this.#deps.herd.definitions.get(stream) !== undefined ? stream : undefined;
  }

  async #order(server: string, command: Command): Promise<Change> {
    const { herd, config, bus } = this.#deps;
    const record = herd.servers.get(server);
    if (record === undefined) return refusal(404, `there is no server ${server}`);
    if (record.state === 'down') return refusal(409, `${server} is down`);
    if (server === config.serverName) return this.obey(command);
    const answer = await askControl(bus, server, command, COMMAND_TIMEOUT_MS);
    return answer.ok ? (answer.result as Change) : refusal(503, `${server} did not do it: ${answer.why}`);
  }
}

function refusal(status: 400 | 404 | 409 | 503, error: string) {
  return { ok: false as const, status, error };
}

function changed(written: WriteOutcome, name: string, facts: { readonly created?: boolean } = {}): Change {
  if (written.outcome === 'won') return { ok: true, ...facts };
  if (written.outcome === 'lost') return refusal(409, `${name} was changed by somebody else at the same time: look again`);
  return refusal(503, `the bus did not confirm the change of ${name}: ${written.why}`);
}
