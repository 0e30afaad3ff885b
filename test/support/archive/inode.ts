import type { Random } from '../random.ts';

/** The content of a file of a disk in memory, under whatever names it has. */
export class Inode {
  data: Buffer;
  /** What a power loss leaves of it in any case. */
  synced: Buffer;
  modifiedMs: number;

  private constructor(data: Buffer, synced: Buffer, modifiedMs: number) {
    this.data = data;
    this.synced = synced;
    this.modifiedMs = modifiedMs;
  }

  static durable(data: Buffer, modifiedMs: number): Inode {
    return new Inode(data, Buffer.from(data), modifiedMs);
  }

  get isSynced(): boolean {
    return this.synced.equals(this.data);
  }

  put(bytes: Uint8Array, at: number, nowMs: number): void {
    const data = Buffer.alloc(Math.max(this.data.length, at + bytes.length));
    this.data.copy(data);
    data.set(bytes, at);
    this.data = data;
    this.modifiedMs = nowMs;
  }

  sync(): void {
    this.synced = Buffer.from(this.data);
  }

  copy(): Inode {
    return new Inode(Buffer.from(this.data), Buffer.from(this.synced), this.modifiedMs);
  }

  /** What was synced, and a random part of the rest. */
  afterPowerLoss(random: Random): Inode {
    const { data, synced, modifiedMs } = this;
    if (data.length <= synced.length) return Inode.durable(Buffer.from(data), modifiedMs);
    const length = random.integer(synced.length, data.length);
    const part = Buffer.from(data.subarray(0, length));
    // The length of a file is often there before its content.
    if (random.chance(0.4)) part.fill(0, random.integer(synced.length, length));
    return Inode.durable(part, modifiedMs);
  }
}
