/** The smallest program that can answer on NATS. */
import { connect } from 'nats';
import { serveParent } from './child.ts';

export interface EchoOptions {
  readonly url: string;
  readonly subject: string;
  readonly answer: string;
}

serveParent<EchoOptions, object>(async ({ url, subject, answer }) => {
  const connection = await connect({ servers: url });
  connection.subscribe(subject, { callback: (_error, message) => void message.respond(answer) });
  await connection.flush();
  return {};
});
