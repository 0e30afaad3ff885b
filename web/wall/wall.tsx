import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { countText } from '../words/amount.ts';
import type { StreamGroup } from './stream-groups.ts';
import { Tile } from './tile.tsx';
import { boxOf, layoutOf, stepFrom, type VisibleGroup, visibleGroups, type WallLayout } from './wall-layout.ts';

const SIZE = { leastTilePx: 216, gapPx: 10, headPx: 40, textPx: 62 };
const LEAST_TILE_OF_PHONE_PX = 150;
const PHONE_PX = 480;
/** Rows beside what is seen, so that scrolling shows no bare ground. */
const MORE_ROWS = 1;

/** A wall of any number of streams: only what is seen is in the page. It scrolls with the page. */
export function Wall({ groups }: { groups: readonly StreamGroup[] }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const first = useSignal(0);
  const rows = useSignal(0);
  /** Which tile the tab key reaches. */
  const current = useSignal(0);
  const wantsFocus = useRef(false);
  const layout = useMemo(() => {
    const leastTilePx = width.value < PHONE_PX ? LEAST_TILE_OF_PHONE_PX : SIZE.leastTilePx;
    return layoutOf(groups, { ...SIZE, leastTilePx, widthPx: width.value });
  }, [groups, width.value]);

  useLayoutEffect(() => measure(box.current, (px) => (width.value = px)), []);
  useEffect(() => {
    const { rowPx } = layout;
    const look = () => {
      const top = -(box.current?.getBoundingClientRect().top ?? 0);
      first.value = Math.floor(top / rowPx);
      rows.value = Math.ceil(innerHeight / rowPx) + 1;
    };
    look();
    // The browser calls it once a frame at most.
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [layout]);
  const shown = visibleGroups(
    layout,
    (first.value - MORE_ROWS) * layout.rowPx,
    (first.value + rows.value + MORE_ROWS) * layout.rowPx,
  );
  const reached = reachedTile(shown, Math.min(current.value, layout.count - 1));

  const step = (event: KeyboardEvent) => {
    const target = event.ctrlKey || event.metaKey || event.altKey ? undefined : stepFrom(layout, reached, event.key);
    if (target === undefined || !(event.target instanceof Element) || event.target.closest('[data-index]') === null)
      return;
    event.preventDefault();
    current.value = target;
    wantsFocus.current = true;
    reveal(box.current, layout, target);
    focusTile(box.current, target, wantsFocus);
  };
  useEffect(() => focusTile(box.current, current.value, wantsFocus));

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the links within.
    <div ref={box} class="wall" style={{ height: `${layout.heightPx}px` }} onKeyDown={step}>
      {width.value > 0 &&
        shown.map((group) => <Group key={group.group.prefix} group={group} layout={layout} reached={reached} />)}
    </div>
  );
}

function Group({ group, layout, reached }: { group: VisibleGroup; layout: WallLayout; reached: number }) {
  const { prefix, streams } = group.group;
  const title = prefix === '' ? 'other streams' : prefix;
  return (
    <section aria-label={title}>
      <h2 style={{ top: `${group.topPx}px` }}>
        {title} <span class="dim">{countText(streams.length, 'stream')}</span>
      </h2>
      <ul>
        {streams.slice(group.from, group.to).map((stream, at) => {
          const within = group.from + at;
          const index = group.first + within;
          const { leftPx, topPx } = boxOf(layout, index);
          return (
            <Tile
              key={stream.name}
              {...{ stream, index, leftPx, topPx }}
              widthPx={layout.tileWidthPx}
              heightPx={layout.tileHeightPx}
              position={within + 1}
              count={streams.length}
              isReached={index === reached}
            />
          );
        })}
      </ul>
    </section>
  );
}

/** The wanted tile, or the first one that is in the page: the tab key must reach one. */
function reachedTile(shown: readonly VisibleGroup[], wanted: number): number {
  const isShown = shown.some(({ first, from, to }) => wanted >= first + from && wanted < first + to);
  const [group] = shown.filter(({ from, to }) => to > from);
  return isShown || group === undefined ? wanted : group.first + group.from;
}

function reveal(box: HTMLElement | null, layout: WallLayout, index: number): void {
  const top = (box?.getBoundingClientRect().top ?? 0) + boxOf(layout, index).topPx;
  const bottom = top + layout.tileHeightPx;
  const head = layout.headPx + (document.querySelector('header')?.offsetHeight ?? 0);
  if (top < head) scrollBy(0, top - head);
  else if (bottom > innerHeight) scrollBy(0, bottom - innerHeight + layout.gapPx);
}

/** As soon as the tile is in the page. */
function focusTile(box: HTMLElement | null, index: number, wantsFocus: { current: boolean }): void {
  if (!wantsFocus.current) return;
  const link = box?.querySelector<HTMLElement>(`[data-index="${index}"] a`);
  if (!link) return;
  link.focus({ preventScroll: true });
  wantsFocus.current = false;
}

function measure(box: HTMLElement | null, take: (widthPx: number) => void): (() => void) | undefined {
  if (box === null) return undefined;
  take(box.clientWidth);
  const observer = new ResizeObserver(() => take(box.clientWidth));
  observer.observe(box);
  return () => observer.disconnect();
}
