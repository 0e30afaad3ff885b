import { createHash, randomBytes } from 'node:crypto';
import type { CameraFailure, CameraLogin } from '../domain/cameras/camera.ts';
import { plainLine } from '../domain/text/plain-text.ts';
import { elementAt, escaped, firstWithin, readXml, type XmlElement } from './xml.ts';

const OASIS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const MAX_REASON_CHARACTERS = 200;

/** A question to a camera. `atMs`: what its clock shows, because it refuses a login of another time. */
export function envelope(body: string, login: CameraLogin | undefined, atMs: number): string {
  const header = login === undefined ? '' : `<s:Header>${securityOf(login, randomBytes(16), atMs)}</s:Header>`;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${header}<s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** WS-UsernameToken with a digest: the password itself is never sent. */
export function securityOf({ user, password }: CameraLogin, nonce: Uint8Array, atMs: number): string {
  // Some cameras read no fractions of a second.
  const created = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return (
    `<w:Security s:mustUnderstand="1" xmlns:w="${OASIS}-wssecurity-secext-1.0.xsd" xmlns:u="${OASIS}-wssecurity-utility-1.0.xsd">` +
    `<w:UsernameToken><w:Username>${escaped(user)}</w:Username>` +
    `<w:Password Type="${OASIS}-username-token-profile-1.0#PasswordDigest">${digest}</w:Password>` +
    `<w:Nonce EncodingType="${OASIS}-soap-message-security-1.0#Base64Binary">${Buffer.from(nonce).toString('base64')}</w:Nonce>` +
    `<u:Created>${created}</u:Created></w:UsernameToken></w:Security>`
  );
}

export type SoapAnswer =
  | { readonly ok: true; readonly body: XmlElement }
  | { readonly ok: false; readonly failure: CameraFailure };

/** The body of an answer, or why there is none. */
export function readSoap(text: string, status: number): SoapAnswer {
  if (status === 401) return failed('login', 'the camera refuses this user and password');
  if (status >= 300 && status < 400)
    return failed('not-understood', `the camera redirects (${status}), which is not followed`);
  const body = elementAt(readXml(text), 'Body');
  const fault = elementAt(body, 'Fault');
  if (fault !== undefined) return failed(...reasonOf(fault));
  if (body !== undefined && status < 300) return { ok: true, body };
  return failed('not-understood', `the camera answers ${status}, and not as a camera with ONVIF does`);
}

function reasonOf(fault: XmlElement): [CameraFailure['kind'], string] {
  const code = elementAt(fault, 'Code') ?? elementAt(fault, 'faultcode');
  const codes = code === undefined ? '' : allTextOf(code);
  if (/NotAuthorized|FailedAuthentication|FailedCheck/i.test(codes)) {
    return ['login', 'the camera refuses this user and password'];
  }
  const said = firstWithin(fault, 'Text')?.text ?? elementAt(fault, 'faultstring')?.text ?? codes;
  return ['refused', `the camera refuses: ${plainLine(said, MAX_REASON_CHARACTERS) || 'it does not say why'}`];
}

function allTextOf(element: XmlElement): string {
  return [element.text, ...element.children.map(allTextOf)].join(' ');
}

export function failed(
  kind: CameraFailure['kind'],
  message: string,
): { readonly ok: false; readonly failure: CameraFailure } {
  return { ok: false, failure: { kind, message } };
}
