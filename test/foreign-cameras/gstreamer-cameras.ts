import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { CameraKind } from './matrix.ts';

const SERVER = fileURLToPath(new URL('../../../test/fixtures/gstreamer-cameras.py', import.meta.url));
/** The distribution's own: GStreamer's bindings are installed for no other. */
const PYTHON = '/usr/bin/python3';
const USER = 'admin';
/** What URLs are made of. */
export const PASSWORD = 'p@ss:w/rd%#1';

export interface GStreamerCameras extends AsyncDisposable {
  url(camera: CameraKind): string;
}

/** What of GStreamer is missing here; `undefined`: nothing. */
export async function gstreamerProblem(): Promise<string | undefined> {
  const probe = [
    'import gi',
    'gi.require_version("GstRtspServer", "1.0")',
    'from gi.repository import Gst, GstRtspServer',
    'Gst.init(None)',
    'names = "x264enc x265enc avenc_aac mulawenc alawenc opusenc rtph264pay videotestsrc".split()',
    'missing = [name for name in names if Gst.ElementFactory.find(name) is None]',
    'assert not missing, missing',
  ].join('\n');
  const { failed, stderr } = await execa(PYTHON, ['-c', probe], { reject: false, stdin: 'ignore' });
  return failed ? String(stderr).trim().split('\n').at(-1) || `${PYTHON} cannot be run` : undefined;
}

export async function startGStreamerCameras(cameras: readonly CameraKind[]): Promise<GStreamerCameras> {
  const wanted = JSON.stringify({ cameras, user: USER, password: PASSWORD });
  const child = execa(PYTHON, [SERVER, wanted], { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit', reject: false });
  const release = async () => {
    child.kill('SIGKILL');
    await child;
  };
  const ended = child.then(() => Promise.reject(new Error('GStreamer’s RTSP server ended at its start')));
  ended.catch(() => undefined);
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  const ports = JSON.parse(String(line)) as Record<CameraKind['auth'], number>; // the script's own words
  return {
    url({ name, auth }) {
      const login = auth === 'none' ? '' : `${USER}:${encodeURIComponent(PASSWORD)}@`;
      return `rtsp://${login}127.0.0.1:${ports[auth]}/${name}`;
    },
    [Symbol.asyncDispose]: release,
  };
}
