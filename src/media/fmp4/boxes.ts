/** The boxes that an MP4 is made of (ISO 14496-12): a length, four letters, and what is in it. */
export function box(name: string, ...content: readonly Uint8Array[]): Buffer {
  const bytes = content.reduce((sum, part) => sum + part.length, HEAD_BYTES);
  return Buffer.concat([u32(bytes), Buffer.from(name, 'latin1'), ...content]);
}

/** One with a version and flags. */
export function fullBox(name: string, version: number, flags: number, ...content: readonly Uint8Array[]): Buffer {
  return box(name, u32(version * 2 ** 24 + flags), ...content);
}

export const HEAD_BYTES = 8;

export function u8(...values: readonly number[]): Buffer {
  return Buffer.from(values);
}

export function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}

export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
