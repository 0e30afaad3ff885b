import { MAX_STREAM_NAME_LENGTH, parseStreamName } from '../definition/stream-name.ts';
import type { CameraLogin, CameraProfile, FoundCamera } from './camera.ts';

type Described = Pick<FoundCamera, 'address' | 'name' | 'maker' | 'hardware'>;

/** Of a name there is room for an address and a number behind it. */
const MAX_BASE_LENGTH = MAX_STREAM_NAME_LENGTH - 64;
const NAMELESS = 'camera';

/**
 * A valid name for the stream of each camera, in their order; none of them is in `taken`. Cameras of one model often have the same name: each
 * of them then gets its address behind it, and not a number, which would depend on the order of their answers.
 */
export function namesFor(cameras: readonly Described[], taken: ReadonlySet<string>): readonly string[] {
  const bases = cameras.map(baseOf);
  const used = new Set(taken);
  return cameras.map(({ address }, index) => {
    const base = bases[index] ?? NAMELESS;
    const isOwn = bases.indexOf(base) === bases.lastIndexOf(base);
    const wanted = isOwn && !used.has(base) ? base : `${base}-${address.replace(/[^0-9a-f]+/gi, '-')}`;
    let name = wanted;
    for (let number = 2; used.has(name); number += 1) name = `${wanted}-${number}`;
    used.add(name);
    return name;
  });
}

function baseOf(camera: Described): string {
  const base = calledOf(camera)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '')
    .slice(0, MAX_BASE_LENGTH)
    .replace(/[.-]+$/, '');
  return parseStreamName(base) === undefined ? NAMELESS : base;
}

/** What a camera did not say when it was found, it may say when it is asked. */
export function completed<Camera extends Pick<FoundCamera, 'maker' | 'hardware'>>(
  camera: Camera,
  { maker, hardware }: Pick<FoundCamera, 'maker' | 'hardware'>,
): Camera {
  return { ...camera, maker: camera.maker || maker, hardware: camera.hardware || hardware };
}

/** For people; empty: the camera says nothing of itself. */
export function calledOf({ name, maker, hardware }: Pick<FoundCamera, 'name' | 'maker' | 'hardware'>): string {
  return name === '' ? [maker, hardware].filter((text) => text !== '').join(' ') : name;
}

/** The largest picture; of several the first, which makers name main. */
export function bestProfile(profiles: readonly CameraProfile[]): CameraProfile | undefined {
  const pixels = ({ width = 0, height = 0 }: CameraProfile) => width * height;
  return profiles.reduce<CameraProfile | undefined>(
    (best, each) => (best === undefined || pixels(each) > pixels(best) ? each : best),
    undefined,
  );
}

/** `1920x1080, H264, 25 pictures a second`; empty: nothing is known. */
export function profileText({ codec, width, height, fps, kbps }: CameraProfile): string {
  return [
    ...(width === undefined || height === undefined ? [] : [`${width}x${height}`]),
    ...(codec === undefined ? [] : [codec]),
    ...(fps === undefined ? [] : [`${fps} pictures a second`]),
    ...(kbps === undefined ? [] : [`${kbps} kbit/s`]),
  ].join(', ');
}

/** The address of a stream with its user and password, as ffmpeg reads it. */
export function withLogin(url: string, login: CameraLogin | undefined): string {
  if (login === undefined || login.user === '') return url;
  const user = `${encoded(login.user)}:${encoded(login.password)}@`;
  return url.replace('://', () => `://${user}`);
}

/** Also what `encodeURIComponent` leaves, and a reader of addresses might stumble over. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

export interface Proposal {
  readonly stream: string;
  readonly input: string;
  readonly title: string;
}

/** Proposals as the table that the import reads (`http/api/definitions/csv`). A title that a spreadsheet takes for a formula is escaped, as the import expects. */
export function proposalTable(proposals: readonly Proposal[]): string {
  const rows = proposals.map(({ stream, input, title }) => [stream, input, title]);
  return [['stream', 'input', 'title'], ...rows].map((row) => row.map(cellOf).join(',')).join('\n');
}

function cellOf(text: string): string {
  const cell = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
