import { signal } from '@preact/signals';
import { addressOf, type PageName, type Place, placeOf } from './address.ts';

export const place = signal<Place>(placeOf(location.search));

/** Goes to a page of the dashboard. `isSame`: the address of what is shown changes, and the way back does not grow. */
export function go(page: PageName, query: Readonly<Record<string, string | undefined>> = {}, isSame = false): void {
  goTo(addressOf(page, query), isSame);
}

/** Links of the dashboard are followed without loading it again; those with a modifier key, and to elsewhere, as the browser does. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    place.value = placeOf(location.search);
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (link === null || !isPlain || event.defaultPrevented || link.target !== '') return;
    if (link.origin !== location.origin || link.pathname !== '/') return;
    event.preventDefault();
    goTo(`/${link.search}`, false);
    scrollTo(0, 0);
    // A screen reader begins with what the page is.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('main h1')?.focus());
  });
}

function goTo(address: string, isSame: boolean): void {
  history[isSame ? 'replaceState' : 'pushState'](null, '', address);
  place.value = placeOf(location.search);
}
