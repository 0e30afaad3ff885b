/**
 * The number of a picture of a test camera, as squares in the upper left corner of the picture: of each bit one square is white and the one
 * above or below it black, so that what was not read right is seen.
 */
export const BAR_CODE = { bits: 12, squarePx: 16 } as const;

/** Filters of ffmpeg. */
export function drawnBarCode(): readonly string[] {
  const { bits, squarePx } = BAR_CODE;
  const box = (colour: string, place: string) => `drawbox=${place}:color=${colour}:t=fill`;
  const squares = Array.from({ length: bits }, (_, bit) => {
    const place = (row: number) => `x=${bit * squarePx}:y=${row * squarePx}:w=${squarePx}:h=${squarePx}`;
    return [
      `${box('white', place(0))}:enable='bitand(n,${2 ** bit})'`,
      `${box('white', place(1))}:enable='not(bitand(n,${2 ** bit}))'`,
    ];
  });
  return [box('black', `x=0:y=0:w=${bits * squarePx}:h=${2 * squarePx}`), ...squares.flat()];
}

/** @param lightAt how light the picture is in the middle of a square, by its column and row. `undefined`: no bar code is there. */
export function readBarCode(lightAt: (column: number, row: number) => number): number | undefined {
  let number = 0;
  for (let bit = 0; bit < BAR_CODE.bits; bit += 1) {
    const [above, below] = [lightAt(bit, 0), lightAt(bit, 1)];
    if (Math.abs(above - below) < LEAST_CONTRAST) return undefined;
    if (above > below) number += 2 ** bit;
  }
  return number;
}

/** Of 255. */
const LEAST_CONTRAST = 80;
