import { connect, isIP, type Socket } from 'node:net';
import type { HerdEvent } from '../domain/herd-event.ts';
import type { MailReceiver } from '../domain/notify/receiver.ts';
import { withoutControls } from '../domain/text/plain-text.ts';
import type { Outcome, Send } from './deliveries.ts';
import { reasonOfRequest } from './request-reason.ts';

/** All of a mail, from the look-up of the name on. */
const WITHIN_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** A server that refuses the mail itself (5xx to the sender, a receiver or the text) refuses it again. */
const PERMANENT = { from: 500, below: 600 } as const;

/** Tells events by mail, all of a batch in one. The library is loaded with the first mail. */
export function mailSender(
  receiver: MailReceiver,
  { server, withinMs = WITHIN_MS }: { readonly server: string; readonly withinMs?: number },
): Send {
  return async (events, id) => {
    const { createTransport } = await import('nodemailer');
    let socket: Socket | undefined;
    const transport = createTransport({
      ...connectionOf(receiver.url),
      disableFileAccess: true,
      disableUrlAccess: true,
      maxResponseSize: MAX_ANSWER_BYTES,
      // Its own time-outs are for each silence: a server that sends a byte now and then would keep the connection for ever.
      getSocket: ({ host = '', port = 0 }, done) => {
        socket = connect({ host, port: Number(port) });
        socket.once('error', done);
        socket.once('connect', () => {
          socket?.off('error', done);
          done(null, { connection: socket });
        });
      },
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(
        () => resolve({ ok: false, why: `it did not take the mail within ${withinMs / 1000} s` }),
        withinMs,
      );
    });
    const sent = transport.sendMail({ ...mailOf(server, events), ...addressesOf(receiver, server, id) });
    try {
      return await Promise.race([sent.then((): Outcome => ({ ok: true }), refusalOf), late]);
    } finally {
      clearTimeout(timer);
      socket?.destroy();
      transport.close();
    }
  };
}

function connectionOf(url: string) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const isNear = host === 'localhost' || /^127\.|^::1$/.test(host);
  const hasUser = username !== '';
  return {
    ...{ host, port: port === '' ? (secure ? 465 : 587) : Number(port), secure },
    // A password never crosses a network in clear text.
    ...(hasUser && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    ...(hasUser && !secure && !isNear && { requireTLS: true }),
    tls: isIP(host) === 0 ? { servername: host } : {},
  };
}

function addressesOf({ from, to }: MailReceiver, server: string, id: string) {
  const [, domain = 'localhost'] = from.split('@');
  return { from: { name: `streamherd ${server}`, address: from }, to: [...to], messageId: `<${id}@${domain}>` };
}

/** Plain text: the newest event names the mail, and each event has its line. */
export function mailOf(
  server: string,
  events: readonly HerdEvent[],
): { readonly subject: string; readonly text: string } {
  const newest = events.at(-1);
  const about = newest === undefined ? '' : `: ${newest.kind} ${newest.stream ?? newest.subject ?? server}`;
  const more = events.length > 1 ? ` and ${events.length - 1} more` : '';
  const lines = events.map(({ at, kind, stream, subject, why, by }) => {
    const act = by === undefined ? '' : ` (${by})`;
    return withoutControls(`${at}  ${kind}  ${stream ?? subject ?? server}: ${why}${act}`);
  });
  const text = [`Events of the server ${server}:`, '', ...lines, '', 'docs/operating.md says what to do on each.', ''];
  return { subject: withoutControls(`[streamherd ${server}]${about}${more}`), text: text.join('\r\n') };
}

function refusalOf(error: unknown): Outcome {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'responseCode') : undefined;
  if (typeof code !== 'number') return { ok: false, why: reasonOfRequest(error) };
  const command: unknown = error instanceof Error ? Reflect.get(error, 'command') : undefined;
  const isOfMail = typeof command === 'string' && /^(?:MAIL FROM|RCPT TO|DATA)/.test(command);
  return {
    ok: false,
    why: `it answers ${code}`,
    isFinal: isOfMail && code >= PERMANENT.from && code < PERMANENT.below,
  };
}
