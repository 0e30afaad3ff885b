import { scrubUrl } from '../text/secrets.ts';

/** What `scrubUrl` leaves in place of a password or of a secret parameter, and `shownPushUrl` in place of all but the host. */
const HIDDEN = /\*\*\*@|=\*\*\*|\/\*\*\*$/;

/** Whether a URL stands as people see it, without its secret. */
export function hidesSecret(url: string): boolean {
  return HIDDEN.test(url);
}

/** `unknown`: the indexes of inputs of which it is not known which secret they had. */
export type WholeInputs =
  | { readonly ok: true; readonly inputs: readonly string[] }
  | { readonly ok: false; readonly unknown: readonly number[] };

/**
 * Puts the secrets back into inputs that were read without them, and came back so. So it does with pushes: `shown` says how they are shown.
 *
 * A secret is never joined to another address: an input that is the same as an earlier one without its secret stands for all of that
 * earlier one, wherever in the list it is. Any other input that hides something is refused, also if only its path is another one. If
 * several earlier inputs look the same without their secrets, it has to be clear which are meant: as many have to come back, or
 * their secrets have to be the same.
 */
export function wholeInputs(
  inputs: readonly string[],
  before: readonly string[],
  shown: (url: string) => string = scrubUrl,
): WholeInputs {
  const given = new Map<string, number>();
  const unknown: number[] = [];
  const whole = inputs.map((url, index) => {
    if (!hidesSecret(url)) return url;
    const candidates = before.filter((earlier) => shown(earlier) === url);
    const turn = given.get(url) ?? 0;
    given.set(url, turn + 1);
    const isClear =
      new Set(candidates).size === 1 || candidates.length === inputs.filter((other) => other === url).length;
    const meant = isClear ? (candidates[turn] ?? candidates[0]) : undefined;
    if (meant === undefined) unknown.push(index);
    return meant ?? url;
  });
  return unknown.length === 0 ? { ok: true, inputs: whole } : { ok: false, unknown };
}
