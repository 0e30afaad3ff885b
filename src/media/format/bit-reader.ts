/** Reads the bits of a parameter set of H.264 or HEVC, the highest of each byte first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param unit with the bytes that keep start codes out of it. */
  constructor(unit: Uint8Array) {
    this.#bytes = withoutEmulationPrevention(unit);
  }

  /** @throws RangeError behind the end. At most 32 bits. */
  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) value = value * 2 + this.#bit();
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }

  flag(): boolean {
    return this.#bit() === 1;
  }

  /** An Exp-Golomb number without a sign. */
  number(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (zeros > 31) throw new RangeError('a number of more than 32 bits');
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** An Exp-Golomb number with a sign. */
  signedNumber(): number {
    const number = this.number();
    return number % 2 === 1 ? (number + 1) / 2 : -number / 2;
  }

  #bit(): number {
    const byte = this.#bytes[this.#at >> 3];
    if (byte === undefined) throw new RangeError('the parameter set ends too early');
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    return bit;
  }
}

/** Encoders put a 3 behind two zeros where else a start code would stand. */
export function withoutEmulationPrevention(unit: Uint8Array): Uint8Array {
  return unit.filter((byte, index) => !(byte === 3 && unit[index - 1] === 0 && unit[index - 2] === 0));
}
