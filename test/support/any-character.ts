import fc from 'fast-check';

const FIRST_SURROGATE = 0xd800;
const SURROGATES = 0x800;
const LAST = 0x10ffff;

/**
 * Every character that a text may have, as a unit of `fc.string`. With its own unit `binary`, fast-check first writes all of them into a table,
 * which takes more than a second of CPU in each process.
 */
export const ANY_CHARACTER: fc.Arbitrary<string> = fc
  .nat(LAST - SURROGATES)
  .map((number) => String.fromCodePoint(number < FIRST_SURROGATE ? number : number + SURROGATES));
