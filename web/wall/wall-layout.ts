import type { StreamGroup } from './stream-groups.ts';

export interface WallSize {
  readonly widthPx: number;
  readonly leastTilePx: number;
  readonly gapPx: number;
  readonly headPx: number;
  /** Below the picture of a tile, which is 16:9. */
  readonly textPx: number;
}

export interface GroupLayout {
  readonly group: StreamGroup;
  /** Index of its first stream among all. */
  readonly first: number;
  readonly topPx: number;
  readonly heightPx: number;
}

/** Where everything stands on a wall of any length: only what is seen is put into the page. */
export interface WallLayout {
  readonly columns: number;
  readonly tileWidthPx: number;
  readonly tileHeightPx: number;
  readonly rowPx: number;
  readonly headPx: number;
  readonly gapPx: number;
  readonly groups: readonly GroupLayout[];
  readonly heightPx: number;
  readonly count: number;
}

export function layoutOf(groups: readonly StreamGroup[], size: WallSize): WallLayout {
  const { widthPx, leastTilePx, gapPx, headPx, textPx } = size;
  const columns = Math.max(1, Math.floor((widthPx + gapPx) / (leastTilePx + gapPx)));
  const tileWidthPx = Math.max(1, Math.floor((widthPx - gapPx * (columns - 1)) / columns));
  const tileHeightPx = Math.round((tileWidthPx * 9) / 16) + textPx;
  const rowPx = tileHeightPx + gapPx;
  const placed: GroupLayout[] = [];
  let [first, topPx] = [0, 0];
  for (const group of groups) {
    const heightPx = headPx + Math.ceil(group.streams.length / columns) * rowPx;
    placed.push({ group, first, topPx, heightPx });
    first += group.streams.length;
    topPx += heightPx;
  }
  return { columns, tileWidthPx, tileHeightPx, rowPx, headPx, gapPx, groups: placed, heightPx: topPx, count: first };
}

export interface TileBox {
  readonly leftPx: number;
  /** From the top of the wall. */
  readonly topPx: number;
}

export function boxOf(layout: WallLayout, index: number): TileBox {
  const { columns, tileWidthPx, gapPx, headPx, rowPx } = layout;
  const { first, topPx } = groupAt(layout, index) ?? { first: 0, topPx: 0 };
  const within = index - first;
  return {
    leftPx: (within % columns) * (tileWidthPx + gapPx),
    topPx: topPx + headPx + Math.floor(within / columns) * rowPx,
  };
}

export interface VisibleGroup extends GroupLayout {
  /** Indexes within the group: from `from`, up to and without `to`. */
  readonly from: number;
  readonly to: number;
}

/** What lies between two heights of the wall. */
export function visibleGroups(layout: WallLayout, fromPx: number, untilPx: number): readonly VisibleGroup[] {
  const { columns, rowPx, headPx } = layout;
  return layout.groups
    .filter(({ topPx, heightPx }) => topPx < untilPx && topPx + heightPx > fromPx)
    .map((placed) => {
      const inside = (px: number) => (px - placed.topPx - headPx) / rowPx;
      const count = placed.group.streams.length;
      const from = Math.min(count, Math.max(0, Math.floor(inside(fromPx))) * columns);
      return { ...placed, from, to: Math.max(from, Math.min(count, Math.ceil(inside(untilPx)) * columns)) };
    });
}

const ROWS_OF_A_PAGE = 3;

/** Which tile a key leads to; `undefined`: the key leads nowhere. */
export function stepFrom(layout: WallLayout, index: number, key: string): number | undefined {
  const last = layout.count - 1;
  if (last < 0) return undefined;
  const bounded = (target: number) => Math.min(last, Math.max(0, target));
  if (key === 'ArrowRight') return bounded(index + 1);
  if (key === 'ArrowLeft') return bounded(index - 1);
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  if (key === 'ArrowDown') return below(layout, index, 1);
  if (key === 'ArrowUp') return below(layout, index, -1);
  if (key === 'PageDown') return repeated(layout, index, 1);
  return key === 'PageUp' ? repeated(layout, index, -1) : undefined;
}

/** In the same column of the next row, also where that is of another group. */
function below(layout: WallLayout, index: number, by: 1 | -1): number {
  const { columns } = layout;
  const placed = groupAt(layout, index);
  if (placed === undefined) return index;
  const { first, group } = placed;
  const [column, row] = [(index - first) % columns, Math.floor((index - first) / columns)];
  const rows = Math.ceil(group.streams.length / columns);
  if (row + by >= 0 && row + by < rows) return Math.min(first + group.streams.length - 1, index + by * columns);
  const other = layout.groups[layout.groups.indexOf(placed) + by];
  if (other === undefined) return index;
  const count = other.group.streams.length;
  const start = by === 1 ? 0 : (Math.ceil(count / columns) - 1) * columns;
  return other.first + Math.min(count - 1, start + column);
}

function repeated(layout: WallLayout, index: number, by: 1 | -1): number {
  let target = index;
  for (let row = 0; row < ROWS_OF_A_PAGE; row += 1) target = below(layout, target, by);
  return target;
}

function groupAt(layout: WallLayout, index: number): GroupLayout | undefined {
  return layout.groups.find(({ first, group }) => index >= first && index < first + group.streams.length);
}
