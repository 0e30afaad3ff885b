import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** How a camera differs from a well-made one. */
export interface CameraWays {
  /** Absent: it asks for none. */
  readonly login?: { readonly user: string; readonly password: string };
  /** How it reads the login: in the envelope, or by HTTP. */
  readonly reads?: 'token' | 'digest';
  readonly clockAheadMs?: number;
  /** The prefix of its envelopes. */
  readonly prefix?: string;
  /** Bodies in place of its own, by the question; a number: that status, with the text. */
  readonly answers?: Readonly<Record<string, string | { readonly status: number; readonly text: string }>>;
  /** Performs an HTTP request in place of all that. */
  readonly perform?: (request: IncomingMessage, response: ServerResponse) => void;
  /** What it sends in answer to a probe, in place of its own; `id`: of the question. */
  readonly datagrams?: (id: string, url: string) => readonly string[];
  /** Hears multicast on loopback, too. */
  readonly group?: string;
}

export interface TestCamera extends AsyncDisposable {
  /** Of its device service. */
  readonly url: string;
  readonly httpPort: number;
  readonly udpPort: number;
  /** The questions that it answered or refused, in order. */
  readonly asked: string[];
  /** Everything that came by HTTP. */
  readonly heard: string[];
}

/** A camera with ONVIF: discovery over UDP, SOAP over HTTP, on free ports of loopback. */
export async function onvifCamera(ways: CameraWays = {}): Promise<TestCamera> {
  const asked: string[] = [];
  const heard: string[] = [];
  const server = createServer(async (request, response) => {
    if (ways.perform !== undefined) return ways.perform(request, response);
    const question = await text(request);
    heard.push(JSON.stringify(request.headers) + question);
    const name = /<s:Body><(Get\w+)/.exec(question)?.[1] ?? '';
    asked.push(name);
    const { status, answer, challenge } = answerTo(name, question, request, ways, httpPort);
    response.writeHead(status, {
      'content-type': 'application/soap+xml',
      ...(challenge !== undefined && { 'www-authenticate': challenge }),
    });
    response.end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const httpPort = (server.address() as AddressInfo).port; // it listens on a port, not on a path
  const url = `http://127.0.0.1:${httpPort}/onvif/device_service`;
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(0, ways.group ?? '127.0.0.1');
  await once(socket, 'listening');
  if (ways.group !== undefined) socket.addMembership(ways.group, '127.0.0.1');
  const seen = new Set<string>();
  socket.on('message', (probe, { address, port }) => {
    const id = /MessageID>([^<]*)</.exec(String(probe))?.[1] ?? '';
    // As cameras do: a question that is asked again is answered once.
    if (seen.has(id)) return;
    seen.add(id);
    for (const datagram of ways.datagrams?.(id, url) ?? [probeMatch(id, url)]) socket.send(datagram, port, address);
  });
  return {
    ...{ url, httpPort, udpPort: socket.address().port, asked, heard },
    async [Symbol.asyncDispose]() {
      socket.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const SCOPES =
  'onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Gate%203%20north onvif://www.onvif.org/hardware/DX-20 onvif://www.onvif.org/location/yard';

export function probeMatch(id: string, xaddrs: string, scopes = SCOPES): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" ' +
    'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" ' +
    `xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><SOAP-ENV:Header><wsa:RelatesTo>${id}</wsa:RelatesTo></SOAP-ENV:Header>` +
    '<SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:1</wsa:Address></wsa:EndpointReference>' +
    `<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes><d:XAddrs>${xaddrs}</d:XAddrs>` +
    '<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>'
  );
}

interface Answered {
  readonly status: number;
  readonly answer: string;
  readonly challenge?: string;
}

function answerTo(name: string, question: string, request: IncomingMessage, ways: CameraWays, port: number): Answered {
  const { prefix = 'SOAP-ENV', clockAheadMs = 0, answers = {} } = ways;
  const refusal = name === 'GetSystemDateAndTime' ? undefined : refusalOf(question, request, ways);
  if (refusal !== undefined) return refusal;
  const said = answers[name] ?? bodyOf(name, question, new Date(Date.now() + clockAheadMs), port);
  if (typeof said !== 'string') return { status: said.status, answer: said.text };
  return { status: 200, answer: soap(said, prefix) };
}

export function soap(body: string, prefix = 'SOAP-ENV'): string {
  return `<${prefix}:Envelope xmlns:${prefix}="http://www.w3.org/2003/05/soap-envelope"><${prefix}:Body>${body}</${prefix}:Body></${prefix}:Envelope>`;
}

export function fault(code: string, reason: string): string {
  return (
    `<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode><SOAP-ENV:Value>${code}` +
    `</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">${reason}</SOAP-ENV:Text>` +
    '</SOAP-ENV:Reason></SOAP-ENV:Fault>'
  );
}

const NOT_AUTHORIZED: Answered = { status: 400, answer: soap(fault('ter:NotAuthorized', 'Sender not authorized')) };
const NONCE = 'a nonce';

function refusalOf(question: string, request: IncomingMessage, ways: CameraWays): Answered | undefined {
  const { login, reads = 'token', clockAheadMs = 0 } = ways;
  if (login === undefined) return undefined;
  if (reads === 'token') return isTokenOf(login, question, Date.now() + clockAheadMs) ? undefined : NOT_AUTHORIZED;
  const { authorization = '' } = request.headers;
  const said = (word: string) => new RegExp(`\\b${word}="?([^",]*)`).exec(authorization)?.[1] ?? '';
  const md5 = (all: string) => createHash('md5').update(all).digest('hex');
  const secret = md5(`${login.user}:cam:${login.password}`);
  const response = md5(`${secret}:${NONCE}:${said('nc')}:${said('cnonce')}:auth:${md5(`POST:${request.url}`)}`);
  if (authorization !== '' && said('response') === response) return undefined;
  return { status: 401, answer: '', challenge: `Digest realm="cam", qop="auth", nonce="${NONCE}", algorithm=MD5` };
}

/** As cameras do it: also the time of the token has to be right. */
function isTokenOf(login: { user: string; password: string }, question: string, nowMs: number): boolean {
  const said = (word: string) => new RegExp(`:${word}(?: [^>]*)?>([^<]*)<`).exec(question)?.[1] ?? '';
  const created = said('Created');
  const digest = createHash('sha1')
    .update(Buffer.from(said('Nonce'), 'base64'))
    .update(created + login.password)
    .digest('base64');
  const isNow = Math.abs(Date.parse(created) - nowMs) < 60_000;
  return isNow && said('Username') === login.user && said('Password') === digest;
}

function bodyOf(name: string, question: string, now: Date, port: number): string {
  const origin = `http://127.0.0.1:${port}`;
  if (name === 'GetSystemDateAndTime') {
    const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate()];
    return (
      '<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:UTCDateTime>' +
      `<tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time>` +
      `<tt:Date><tt:Year>${year}</tt:Year><tt:Month>${month}</tt:Month><tt:Day>${day}</tt:Day></tt:Date>` +
      '</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>'
    );
  }
  if (name === 'GetDeviceInformation') {
    return '<tds:GetDeviceInformationResponse><tds:Manufacturer>Dexter</tds:Manufacturer><tds:Model>DX-20</tds:Model></tds:GetDeviceInformationResponse>';
  }
  if (name === 'GetServices') {
    const service = (namespace: string, path: string) =>
      `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${origin}/onvif/${path}</tds:XAddr></tds:Service>`;
    return (
      `<tds:GetServicesResponse>${service('http://www.onvif.org/ver10/device/wsdl', 'device_service')}` +
      `${service('http://www.onvif.org/ver10/media/wsdl', 'media')}${service('http://www.onvif.org/ver20/media/wsdl', 'media2')}</tds:GetServicesResponse>`
    );
  }
  if (name === 'GetCapabilities') {
    return `<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>${origin}/onvif/media</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>`;
  }
  const isNewer = question.includes('ver20/media');
  if (name === 'GetProfiles') return isNewer ? newerProfiles() : olderProfiles();
  const token = /ProfileToken>([^<]*)</.exec(question)?.[1] ?? '';
  const uri = `rtsp://127.0.0.1:554/${token}?a=1&amp;b=2`;
  return `<trt:GetStreamUriResponse>${isNewer ? `<tr2:Uri>${uri}</tr2:Uri>` : `<trt:MediaUri><tt:Uri>${uri}</tt:Uri></trt:MediaUri>`}</trt:GetStreamUriResponse>`;
}

const size = (width: number, height: number) =>
  `<tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>`;
const rate =
  '<tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit><tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl>';

function newerProfiles(): string {
  const profile = (token: string, name: string, codec: string, resolution: string) =>
    `<tr2:Profiles token="${token}"><tr2:Name>${name}</tr2:Name><tr2:Configurations><tr2:VideoEncoder token="v">` +
    `<tt:Encoding>${codec}</tt:Encoding>${resolution}${rate}</tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>`;
  return `<tr2:GetProfilesResponse>${profile('sub', 'Small', 'H264', size(640, 360))}${profile('main', 'Large', 'H265', size(3840, 2160))}</tr2:GetProfilesResponse>`;
}

function olderProfiles(): string {
  return (
    '<trt:GetProfilesResponse><trt:Profiles fixed="true" token="old_1"><tt:Name>Main</tt:Name><tt:VideoEncoderConfiguration token="v">' +
    `<tt:Encoding>H264</tt:Encoding>${size(1920, 1080)}${rate}</tt:VideoEncoderConfiguration></trt:Profiles>` +
    '<trt:Profiles token="sound"><tt:Name>Sound</tt:Name></trt:Profiles></trt:GetProfilesResponse>'
  );
}
