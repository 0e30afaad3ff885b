import type { FoundCamera } from '../domain/cameras/camera.ts';
import { inUrl, normalAddress } from '../domain/cameras/camera-host.ts';
import { plainLine } from '../domain/text/plain-text.ts';
import { childrenOf, elementAt, escaped, readXml, textAt, type XmlElement } from './xml.ts';

/** Cameras answer to one of these types, and some to one of them only. */
const TYPES = [
  { name: 'p:NetworkVideoTransmitter', namespace: 'http://www.onvif.org/ver10/network/wsdl' },
  { name: 'p:Device', namespace: 'http://www.onvif.org/ver10/device/wsdl' },
] as const;
export const PROBES_A_ROUND = TYPES.length;

const MAX_MATCHES = 16;
const MAX_WORDS = 64;
/** Of a name, a model and the like. */
const MAX_CHARACTERS = 100;
const SCOPE = /^onvif:\/\/www\.onvif\.org\/([^/]+)\/(.+)$/i;

/** The questions of WS-Discovery, each with the id that answers to it repeat. */
export function probes(ids: readonly string[]): readonly string[] {
  return TYPES.map(({ name, namespace }, index) => {
    const action = 'http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe';
    return (
      '<?xml version="1.0" encoding="UTF-8"?>' +
      '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" ' +
      'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">' +
      `<s:Header><a:Action s:mustUnderstand="1">${action}</a:Action><a:MessageID>${escaped(ids[index] ?? '')}</a:MessageID>` +
      '<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>' +
      '<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>' +
      `<s:Body><d:Probe><d:Types xmlns:p="${namespace}">${name}</d:Types></d:Probe></s:Body></s:Envelope>`
    );
  });
}

/** The cameras that a datagram from `sender` tells of; none: it answers no question of `ids`, or is no answer at all. */
export function readAnswer(text: string, sender: string, ids: ReadonlySet<string>): readonly FoundCamera[] {
  const envelope = readXml(text);
  if (!ids.has(textAt(envelope, 'Header', 'RelatesTo'))) return [];
  const matches = childrenOf(elementAt(envelope, 'Body', 'ProbeMatches'), 'ProbeMatch');
  return matches.slice(0, MAX_MATCHES).flatMap((match) => cameraOf(match, sender));
}

function cameraOf(match: XmlElement, sender: string): readonly FoundCamera[] {
  const scopes = wordsOf(match, 'Scopes');
  // Other devices answer too: printers, and computers.
  const isCamera = scopes.some((each) => SCOPE.test(each)) || /NetworkVideoTransmitter/.test(textAt(match, 'Types'));
  if (!isCamera) return [];
  const named = wordsOf(match, 'XAddrs');
  const url = named.map((each) => urlAt(each, sender)).find((each) => each !== undefined);
  return [
    {
      address: sender,
      ...(url !== undefined && { url }),
      name: saidBy(scopes, 'name'),
      maker: saidBy(scopes, 'manufacturer') || saidBy(scopes, 'mfr'),
      hardware: saidBy(scopes, 'hardware'),
      location: saidBy(scopes, 'location'),
      ...(url === undefined && { remark: elsewhere(named, sender) }),
    },
  ];
}

function elsewhere(named: readonly string[], sender: string): string {
  const said = named.length === 0 ? 'no address at all' : plainLine(named.join(' '), MAX_CHARACTERS);
  return `It answers from ${sender} and says that it is asked at ${said}. If that is right, look for that address by itself.`;
}

function wordsOf(match: XmlElement, name: string): readonly string[] {
  return textAt(match, name).split(/\s+/, MAX_WORDS).filter(Boolean);
}

/** What the scopes say of `key`, for people. */
function saidBy(scopes: readonly string[], key: string): string {
  for (const scope of scopes) {
    const [, word = '', value = ''] = SCOPE.exec(scope) ?? [];
    if (word.toLowerCase() === key) return plainLine(decoded(value), MAX_CHARACTERS);
  }
  return '';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const MAX_URL_LENGTH = 512;

/** The URL that a camera names, if it is one of the very host that answered: nothing else is asked because a stranger says so. */
export function urlAt(text: string, sender: string): string | undefined {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  if (normalAddress(url.hostname.replace(/^\[|\]$/g, '')) !== normalAddress(sender)) return undefined;
  return `${url.protocol}//${inUrl(sender)}${url.port === '' ? '' : `:${url.port}`}${url.pathname}${url.search}`;
}
