import { codeOf } from '../domain/system-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  EAUTH: 'it refuses the user and password',
};

/** Why a receiver was not reached, without its address or what was sent. */
export function reasonOfRequest(error: unknown): string {
  const code = codeOf(error instanceof AggregateError ? error.errors[0] : error);
  return REASONS[code] ?? (code === '' ? 'the connection failed' : `the connection failed: ${code}`);
}
