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

const LEAST_TOKEN = 16;

/** What of a receiver only this server may know, as far as a text could hold it. */
export function secretsOfReceiver(receiver: Receiver): readonly string[] {
  const { username, password, pathname, search } = new URL(receiver.url);
  const credentials = [username, password].flatMap((text) => [text, decoded(text)]);
  const secret = receiver.type === 'webhook' && receiver.secret !== undefined ? [receiver.secret] : [];
  // The user of a mailbox is mostly its address, which is no secret; without a password it may be one.
  const hidden = password === '' ? credentials : credentials.slice(2);
  // A chat's webhook ends with its token. A short word there may be any word.
  const token = pathname.split('/').at(-1) ?? '';
  const path = [`${pathname}${search}`, search.slice(1), ...(token.length >= LEAST_TOKEN ? [token] : [])];
  return [...secret, ...hidden, ...path].filter((text) => text !== '' && text !== '/');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
