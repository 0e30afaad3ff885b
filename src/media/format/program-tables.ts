import type { TransportPacket } from './transport-packet.ts';

/** An elementary stream, as the tables list it. */
export interface ListedStream {
  /** Of the PMT: what it is coded in. */
  readonly type: number;
  readonly pid: number;
}

export interface ProgramNumbers {
  readonly transportStream: number;
  readonly program: number;
}

export const PAT_PID = 0;
const [PAT, PMT] = [0, 2];

/** Reads the tables of a transport stream: those of its first program. */
export class ProgramTables {
  #pmtPid: number | undefined;
  #numbers: ProgramNumbers | undefined;
  #streams: readonly ListedStream[] | undefined;

  /** `undefined`: they have not come yet. */
  get streams(): readonly ListedStream[] | undefined {
    return this.#streams;
  }

  get numbers(): ProgramNumbers | undefined {
    return this.#numbers;
  }

  /** @returns whether the packet is one of the tables. */
  take({ pid, begins, payload }: Pick<TransportPacket, 'pid' | 'begins' | 'payload'>): boolean {
    if (pid !== PAT_PID && pid !== this.#pmtPid) return false;
    if (!begins) return true;
    const section = payload.subarray(1 + (payload[0] ?? 0));
    if (pid === PAT_PID && section[0] === PAT && section.length >= 12) {
      this.#pmtPid = numberAt(section, 10) & 0x1fff;
      this.#numbers = { transportStream: numberAt(section, 3), program: numberAt(section, 8) };
    }
    if (pid === this.#pmtPid && section[0] === PMT) this.#streams = streamsOf(section);
    return true;
  }
}

function streamsOf(section: Uint8Array): readonly ListedStream[] {
  const streams: ListedStream[] = [];
  const end = Math.min(section.length, 3 + lengthAt(section, 1) - 4);
  for (let at = 12 + lengthAt(section, 10); at + 5 <= end; at += 5 + lengthAt(section, at + 3)) {
    streams.push({ type: section[at] ?? 0, pid: numberAt(section, at + 1) & 0x1fff });
  }
  return streams;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return numberAt(bytes, at) & 0x0fff;
}

function numberAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
