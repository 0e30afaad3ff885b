import { randomUUID } from 'node:crypto';
import type { HerdEvent } from '../domain/herd-event.ts';
import type { Receiver } from '../domain/notify/receiver.ts';
import { scrubbed } from '../domain/text/secrets.ts';
import { PROCESS_CLOCK } from '../host/clock.ts';
import { Deliveries, type DeliveriesOptions, type Send } from './deliveries.ts';
import { mailSender } from './mail.ts';
import type { NotifySettings, NotifyTrial } from './notify-messages.ts';
import { webhookSender } from './webhook.ts';

/** Of one request, or of one mail. */
const BATCH = { webhook: 100, mail: 500 } as const;
/** So that what comes of one cause comes in one mail. */
const MAIL_GATHERS_MS = 5000;
/** An operator waits for it. */
const TRY_WITHIN_MS = 10_000;

interface Open {
  readonly receiver: Receiver;
  readonly deliveries: Deliveries;
  readonly close: () => void;
}

export interface ReceiversOptions extends NotifySettings, Pick<DeliveriesOptions, 'tell' | 'onSettled'> {
  readonly debug: (text: string) => void;
}

/** All that this server tells of its events, each by itself: none waits for another. */
export class Receivers {
  readonly #options: ReceiversOptions;
  #open: readonly Open[] = [];

  constructor(options: ReceiversOptions) {
    this.#options = options;
  }

  /** From now on these. What waits for one that is the same as before goes on waiting; what waits for others is lost. */
  configure(receivers: readonly Receiver[]): void {
    const textOf = (receiver: Receiver) => JSON.stringify(receiver);
    const before = new Map(this.#open.map((open) => [textOf(open.receiver), open]));
    this.#open = receivers.map((receiver) => before.get(textOf(receiver)) ?? this.#opened(receiver));
    for (const open of before.values()) if (!this.#open.includes(open)) void this.#removed(open);
  }

  take(event: HerdEvent): void {
    // A receiver may be a chat of many people, so it gets no more than the log does.
    const shown = scrubbed(event) as HerdEvent;
    for (const { receiver, deliveries } of this.#open) if (receiver.kinds.includes(event.kind)) deliveries.add(shown);
  }

  /** Tells each receiver of `event` at once, whatever waits for it. */
  try(event: HerdEvent): Promise<readonly NotifyTrial[]> {
    return Promise.all(
      this.#open.map(async ({ receiver }) => {
        const { send, close } = this.#sender(receiver, TRY_WITHIN_MS);
        const outcome = await send([event], randomUUID());
        close();
        return { receiver: receiver.name, ok: outcome.ok, why: outcome.ok ? 'it took the event' : outcome.why };
      }),
    );
  }

  /** @returns how many events were not told. */
  async close(withinMs: number): Promise<number> {
    const lost = await Promise.all(this.#open.map((open) => this.#closed(open, withinMs)));
    return lost.reduce((sum, one) => sum + one, 0);
  }

  #opened(receiver: Receiver): Open {
    const { tell, onSettled, debug } = this.#options;
    const { send, close } = this.#sender(receiver);
    const isMail = receiver.type === 'mail';
    const deliveries = new Deliveries({
      receiver: receiver.name,
      send: async (events, id) => {
        const outcome = await send(events, id);
        debug(`${receiver.name}: ${events.length} events: ${outcome.ok ? 'taken' : outcome.why}`);
        return outcome;
      },
      batch: BATCH[receiver.type],
      gatherMs: isMail
        ? { first: Math.min(MAIL_GATHERS_MS, receiver.everyMs), between: receiver.everyMs }
        : { first: 0, between: 0 },
      ...{ clock: PROCESS_CLOCK, newId: randomUUID, tell, onSettled },
    });
    return { receiver, deliveries, close };
  }

  #sender(receiver: Receiver, withinMs?: number): { readonly send: Send; readonly close: () => void } {
    const { server, version } = this.#options;
    const within = withinMs === undefined ? {} : { withinMs };
    if (receiver.type === 'webhook') return webhookSender(receiver, { server, version, ...within });
    return { send: mailSender(receiver, { server, ...within }), close: () => undefined };
  }

  async #removed(open: Open): Promise<void> {
    const events = await this.#closed(open, 0);
    const { tell, onSettled } = this.#options;
    onSettled(events);
    const why = `${open.receiver.name} will not hear of ${events} events: the configuration does not name it any more`;
    if (events > 0) tell({ kind: 'notify-dropped', why, detail: { receiver: open.receiver.name, events } });
  }

  async #closed({ deliveries, close }: Open, withinMs: number): Promise<number> {
    const lost = await deliveries.close(withinMs);
    close();
    return lost;
  }
}
