import type { HerdEventKind } from '../herd-event.ts';

/** Something outside the herd that is told of events. */
export type Receiver = WebhookReceiver | MailReceiver;

interface AnyReceiver {
  /** For logs, events and people: the URL without its path, which is a secret where it is a chat's webhook. */
  readonly name: string;
  /** With its user and password. */
  readonly url: string;
  readonly kinds: readonly HerdEventKind[];
}

export interface WebhookReceiver extends AnyReceiver {
  readonly type: 'webhook';
  /** What requests are signed with. */
  readonly secret?: string;
}

export interface MailReceiver extends AnyReceiver {
  readonly type: 'mail';
  readonly from: string;
  readonly to: readonly string[];
  /** From one mail to the next, at least. */
  readonly everyMs: number;
}

export const DEFAULT_MAIL_EVERY_MS = 60_000;
