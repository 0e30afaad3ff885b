const WIDTH = 640;

/** The arguments that print every key frame of a segment as a JPEG, one after another. */
export function previewArguments(segmentFile: string): readonly string[] {
  return [
    '-hide_banner',
    '-nostdin',
    '-loglevel',
    'error',
    '-threads',
    '1',
    '-protocol_whitelist',
    'file',
    '-skip_frame',
    'nokey',
    '-f',
    'mpegts',
    '-i',
    // Else a colon in the path would make a scheme of what stands before it.
    `file:${segmentFile}`,
    '-an',
    '-vsync',
    'passthrough',
    '-vf',
    `scale='min(${WIDTH},iw)':-2`,
    '-pix_fmt',
    'yuvj420p',
    '-c:v',
    'mjpeg',
    '-q:v',
    '5',
    '-f',
    'image2pipe',
    'pipe:1',
  ];
}

/** One picture's end and the next one's beginning: inside a picture 0xFF is always followed by 0x00 or a restart marker. */
const BOUNDARY = Buffer.from([0xff, 0xd9, 0xff, 0xd8]);
const START = Buffer.from([0xff, 0xd8]);

/** The last of the JPEGs that stand one after another; `undefined` when there is none. */
export function lastJpeg(pictures: Buffer): Buffer | undefined {
  if (!pictures.subarray(0, START.length).equals(START)) return undefined;
  const boundary = pictures.lastIndexOf(BOUNDARY);
  return boundary < 0 ? pictures : pictures.subarray(boundary + START.length);
}
