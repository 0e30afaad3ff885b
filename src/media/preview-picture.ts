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
    ...smallJpegs(),
  ];
}

/** Output options that print pictures as JPEGs, one after another. `filter`: what they go through before. */
export function smallJpegs(filter?: string): readonly string[] {
  const scaled = `scale='min(${WIDTH},iw)':-2`;
  return [
    '-vf',
    filter === undefined ? scaled : `${filter},${scaled}`,
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

/** All of the JPEGs that stand one after another. */
export function jpegsOf(pictures: Buffer): readonly Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0; pictures.subarray(at, at + START.length).equals(START); ) {
    const boundary = pictures.indexOf(BOUNDARY, at);
    const end = boundary < 0 ? pictures.length : boundary + START.length;
    all.push(pictures.subarray(at, end));
    at = end;
  }
  return all;
}

/** The last of the JPEGs that stand one after another; `undefined` when there is none. */
export function lastJpeg(pictures: Buffer): Buffer | undefined {
  if (!pictures.subarray(0, START.length).equals(START)) return undefined;
  const boundary = pictures.lastIndexOf(BOUNDARY);
  return boundary < 0 ? pictures : pictures.subarray(boundary + START.length);
}
