import { codeOf, connectionReason } from '../domain/system-error.ts';

/** Of a mail server, by nodemailer. */
const LOGIN_REFUSED = 'EAUTH';

/** Why a receiver was not reached, without its address or what was sent. */
export function reasonOfRequest(error: unknown): string {
  const code = codeOf(error instanceof AggregateError ? error.errors[0] : error);
  if (code === LOGIN_REFUSED) return 'it refuses the user and password';
  return connectionReason(code) ?? (code === '' ? 'the connection failed' : `the connection failed: ${code}`);
}
