import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { frameNumbersIn } from '../../src/demo/cameras/frame-number.ts';
import { TS_PACKET_BYTES } from '../../src/media/format/transport-packet.ts';

const HAS_PAYLOAD = 0x10;
const HAS_ADAPTATION = 0x20;
const VIDEO_STREAM_ID = 0xe0;

/** The numbers of the pictures of a test camera in MPEG-TS, in the order in which they stand there. */
export function framesOf(transportStream: Buffer): readonly number[] {
  const payloads: Buffer[] = [];
  let videoPid: number | undefined;
  for (let at = 0; at + TS_PACKET_BYTES <= transportStream.length; at += TS_PACKET_BYTES) {
    const packet = transportStream.subarray(at, at + TS_PACKET_BYTES);
    const flags = packet[3] ?? 0;
    if ((flags & HAS_PAYLOAD) === 0) continue;
    const payload = packet.subarray((flags & HAS_ADAPTATION) === 0 ? 4 : 5 + (packet[4] ?? 0));
    const pid = packet.readUInt16BE(1) & 0x1fff;
    const beginsVideo =
      payload.length > 4 && payload.readUIntBE(0, 3) === 1 && ((payload[3] ?? 0) & 0xf0) === VIDEO_STREAM_ID;
    if (videoPid === undefined && beginsVideo) videoPid = pid;
    if (pid === videoPid) payloads.push(payload);
  }
  return frameNumbersIn(Buffer.concat(payloads));
}

export interface RecordedPack {
  /** Below the root, without its ending: `cam1/2026/11/22/06/17-900-1795327800000`. */
  readonly name: string;
  readonly frames: readonly number[];
}

/** What a server has recorded of a stream, by the files of its root, in the order of the packs' starts. */
export async function recordedPacks(root: string, stream: string): Promise<readonly RecordedPack[]> {
  const files = await readdir(join(root, stream), { recursive: true }).catch(() => []);
  const media = files.filter((file) => file.endsWith('.ts'));
  const packs = await Promise.all(
    media.map(async (file) => ({
      name: `${stream}/${file.slice(0, -'.ts'.length)}`,
      frames: framesOf(await readFile(join(root, stream, file))),
    })),
  );
  const startMs = ({ name }: RecordedPack) => Number(name.split('-').at(-1));
  return packs.sort((one, other) => startMs(one) - startMs(other));
}
