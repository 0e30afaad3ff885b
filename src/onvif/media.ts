import type { CameraProfile } from '../domain/cameras/camera.ts';
import { sourceUrlProblem } from '../domain/definition/source-url.ts';
import { plainLine } from '../domain/text/plain-text.ts';
import { urlAt } from './probe.ts';
import { childrenOf, elementAt, escaped, firstWithin, textAt, type XmlElement } from './xml.ts';

/*
 * What is asked of a camera, and what its answers say. The older media service knows no H.265, so the newer one is asked where there is one.
 */

const DEVICE = 'xmlns="http://www.onvif.org/ver10/device/wsdl"';
const SCHEMA = 'xmlns="http://www.onvif.org/ver10/schema"';
const MAX_CHARACTERS = 64;
/** Cameras have some, recorders for many cameras have hundreds. */
export const MAX_PROFILES = 16;

export const TIME_QUESTION = `<GetSystemDateAndTime ${DEVICE}/>`;
export const INFORMATION_QUESTION = `<GetDeviceInformation ${DEVICE}/>`;
export const SERVICES_QUESTION = `<GetServices ${DEVICE}><IncludeCapability>false</IncludeCapability></GetServices>`;
export const CAPABILITIES_QUESTION = `<GetCapabilities ${DEVICE}><Category>Media</Category></GetCapabilities>`;

export interface MediaService {
  readonly namespace: string;
  readonly profilesQuestion: string;
  urlQuestion(token: string): string;
}

const MEDIA1 = 'http://www.onvif.org/ver10/media/wsdl';
const MEDIA2 = 'http://www.onvif.org/ver20/media/wsdl';
export const MEDIA_SERVICES: readonly MediaService[] = [
  {
    namespace: MEDIA2,
    profilesQuestion: `<GetProfiles xmlns="${MEDIA2}"><Type>VideoEncoder</Type></GetProfiles>`,
    urlQuestion: (token) =>
      `<GetStreamUri xmlns="${MEDIA2}"><Protocol>RTSP</Protocol><ProfileToken>${escaped(token)}</ProfileToken></GetStreamUri>`,
  },
  {
    namespace: MEDIA1,
    profilesQuestion: `<GetProfiles xmlns="${MEDIA1}"/>`,
    urlQuestion: (token) =>
      `<GetStreamUri xmlns="${MEDIA1}"><StreamSetup><Stream ${SCHEMA}>RTP-Unicast</Stream><Transport ${SCHEMA}><Protocol>RTSP</Protocol>` +
      `</Transport></StreamSetup><ProfileToken>${escaped(token)}</ProfileToken></GetStreamUri>`,
  },
];

/** What the camera's clock shows; `undefined`: it does not say. */
export function cameraTimeMs(body: XmlElement): number | undefined {
  const utc = firstWithin(body, 'UTCDateTime');
  const of = (...way: string[]) => Number.parseInt(textAt(utc, ...way), 10);
  const atMs = Date.UTC(
    ...([of('Date', 'Year'), of('Date', 'Month') - 1, of('Date', 'Day')] as const),
    ...([of('Time', 'Hour'), of('Time', 'Minute'), of('Time', 'Second')] as const),
  );
  // A token holds a date of four digits.
  return atMs >= 0 && atMs < Date.UTC(9999, 0) ? atMs : undefined;
}

export function makerOf(body: XmlElement): { readonly maker: string; readonly hardware: string } {
  const said = elementAt(body, 'GetDeviceInformationResponse');
  return {
    maker: plainLine(textAt(said, 'Manufacturer'), MAX_CHARACTERS),
    hardware: plainLine(textAt(said, 'Model'), MAX_CHARACTERS),
  };
}

/**
 * Where the media services are, by their namespaces. They are asked at the host of `device` whatever host they name: cameras behind a
 * router, and those that were given another address, name one that is wrong, and a stranger may name any.
 */
export function servicesOf(body: XmlElement, device: URL): ReadonlyMap<string, URL> {
  const listed = childrenOf(elementAt(body, 'GetServicesResponse'), 'Service').map((service) => {
    return [textAt(service, 'Namespace'), textAt(service, 'XAddr')] as const;
  });
  const capable = textAt(body, 'GetCapabilitiesResponse', 'Capabilities', 'Media', 'XAddr');
  const all = capable === '' ? listed : [...listed, [MEDIA1, capable] as const];
  return new Map(all.map(([namespace, named]) => [namespace, atHostOf(device, named)]));
}

function atHostOf(device: URL, named: string): URL {
  const own = urlAt(named, device.hostname.replace(/^\[|\]$/g, ''));
  if (own !== undefined) return new URL(own);
  const path = URL.canParse(named) ? new URL(named) : device;
  return new URL(`${device.origin}${path.pathname}${path.search}`);
}

export type Profile = Omit<CameraProfile, 'url'>;

export function profilesIn(body: XmlElement): readonly Profile[] {
  const all = childrenOf(elementAt(body, 'GetProfilesResponse'), 'Profiles');
  const tokens = new Set<string>();
  return all.slice(0, MAX_PROFILES).flatMap((profile) => {
    const token = profile.attributes.get('token') ?? '';
    const video = firstWithin(profile, 'VideoEncoderConfiguration') ?? firstWithin(profile, 'VideoEncoder');
    if (token === '' || token.length > MAX_CHARACTERS || tokens.has(token) || video === undefined) return [];
    tokens.add(token);
    return [{ token, ...described(profile, video) }];
  });
}

function described(profile: XmlElement, video: XmlElement): Omit<Profile, 'token'> {
  const numbers = {
    width: numberAt(video, 'Resolution', 'Width'),
    height: numberAt(video, 'Resolution', 'Height'),
    fps: numberAt(video, 'RateControl', 'FrameRateLimit'),
    kbps: numberAt(video, 'RateControl', 'BitrateLimit'),
  };
  const codec = plainLine(textAt(video, 'Encoding'), MAX_CHARACTERS);
  return {
    name: plainLine(textAt(profile, 'Name'), MAX_CHARACTERS),
    ...(codec !== '' && { codec }),
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
  };
}

function numberAt(element: XmlElement, ...way: readonly string[]): number | undefined {
  const value = Math.round(Number(textAt(element, ...way)));
  return value > 0 && value < 1_000_000 ? value : undefined;
}

export type StreamUrl =
  | { readonly ok: true; readonly url: string; readonly remark?: string }
  | { readonly ok: false; readonly why: string };

/** The address of a stream, at the host of `device` and without a user: the login must not go to another host that a camera names. */
export function streamUrlIn(body: XmlElement, device: URL): StreamUrl {
  const said = elementAt(body, 'GetStreamUriResponse');
  const named = textAt(said, 'MediaUri', 'Uri') || textAt(said, 'Uri');
  const url = URL.canParse(named) ? new URL(named) : undefined;
  if (url === undefined || url.hostname === '' || (url.protocol !== 'rtsp:' && url.protocol !== 'rtsps:')) {
    return { ok: false, why: 'it names no RTSP address for it' };
  }
  const own = addressAt(device.hostname, url);
  const problem = sourceUrlProblem(own);
  if (problem !== undefined) return { ok: false, why: `expected ${problem}` };
  if (url.hostname === device.hostname) return { ok: true, url: own };
  const other = plainLine(url.hostname, MAX_CHARACTERS);
  return {
    ok: true,
    url: own,
    remark: `it names the host ${other} for its stream, and ${device.hostname} is proposed`,
  };
}

function addressAt(host: string, { protocol, port, pathname, search }: URL): string {
  return `${protocol}//${host}${port === '' ? '' : `:${port}`}${pathname}${search}`;
}
