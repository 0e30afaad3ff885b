import { withoutControls } from '../../domain/text/plain-text.ts';
import { scrubUrl } from '../../domain/text/secrets.ts';
import type { Span } from './lexer.ts';

/**
 * The text of a configuration file, by lines. A part of it can be shown only in one way: with the keys,
 * passwords and comments of the line hidden.
 */
export interface Mask extends Span {
  /** What is shown in place of the span. */
  readonly shown: string;
}

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters (code points) as editors count them. */
  readonly column: number;
}

export interface ShownLine {
  readonly text: string;
  /** Index into `text` of what was asked for. */
  readonly caret: number;
}

/** A longer part of a line is cut down to a window around the caret. */
const MAX_SHOWN = 160;
/** Longer lines are not shown, and their columns count UTF-16 units, so that errors in huge lines do not take long. */
const MAX_LINE_LENGTH = 4096;

export class SourceText {
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  positionOf(offset: number): Position {
    const index = this.#lineIndexOf(offset);
    const before = this.text.slice(this.#lineStarts[index] ?? 0, offset);
    const length = before.length > MAX_LINE_LENGTH ? before.length : [...before].length;
    return { line: index + 1, column: length + 1 };
  }

  /** The line of `offset` as people may see it. `masks` are arranged. */
  show(offset: number, masks: readonly Mask[]): ShownLine {
    const line = this.#lineSpan(offset);
    if (line.end - line.start > MAX_LINE_LENGTH) return { text: '(the line is too long to show)', caret: 0 };
    const hidden = arrange([...masksWithin(line, masks), ...this.#urlMasks(line)]);
    let text = '';
    let caret = 0;
    let at = line.start;
    for (const mask of hidden) {
      const start = Math.max(mask.start, line.start);
      if (offset >= at) caret = text.length + Math.min(offset, start) - at;
      text += this.text.slice(at, start) + mask.shown;
      at = Math.min(mask.end, line.end);
    }
    if (offset >= at) caret = text.length + offset - at;
    return cutAround(withoutControls(text + this.text.slice(at, line.end)), caret);
  }

  /** Runs without white space that look like a URL: also where `;` or `{` in a password has cut one into several tokens. */
  #urlMasks(line: Span): Mask[] {
    const masks: Mask[] = [];
    for (const { 0: run, index } of this.text.slice(line.start, line.end).matchAll(/\S+/g)) {
      const start = line.start + index;
      const shown = scrubUrl(run);
      if (shown !== run) masks.push({ start, end: start + run.length, shown });
    }
    return masks;
  }

  #lineSpan(offset: number): Span {
    const index = this.#lineIndexOf(offset);
    const start = this.#lineStarts[index] ?? 0;
    const end = (this.#lineStarts[index + 1] ?? this.text.length + 1) - 1;
    return { start, end: this.text.charAt(end - 1) === '\r' && end > start ? end - 1 : end };
  }

  #lineIndexOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** In order, without overlaps: of two masks the wider one wins, and where neither is, both become one that shows nothing. */
export function arrange(masks: readonly Mask[]): Mask[] {
  const result: Mask[] = [];
  for (const mask of [...masks].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last === undefined || mask.start >= last.end) result.push(mask);
    else if (mask.end > last.end) result.splice(-1, 1, { start: last.start, end: mask.end, shown: '***' });
  }
  return result;
}

/** Those of the arranged `masks` that touch `span`. */
export function masksWithin(span: Span, masks: readonly Mask[]): Mask[] {
  let low = 0;
  let high = masks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((masks[middle]?.end ?? 0) > span.start) high = middle;
    else low = middle + 1;
  }
  const found: Mask[] = [];
  for (let index = low; index < masks.length; index += 1) {
    const mask = masks[index];
    if (mask === undefined || mask.start >= span.end) break;
    found.push(mask);
  }
  return found;
}

function cutAround(text: string, caret: number): ShownLine {
  if (text.length <= MAX_SHOWN) return { text, caret: Math.min(caret, text.length) };
  const start = Math.max(0, Math.min(caret - MAX_SHOWN / 2, text.length - MAX_SHOWN));
  return { text: text.slice(start, start + MAX_SHOWN), caret: caret - start };
}
