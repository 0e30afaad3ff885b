/**
 * `text` as one line that is safe to show. A terminal obeys control characters, and titles, ffmpeg's errors and files are
 * other people's text.
 */
export function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\t]/gu, '\uFFFD');
}

/** A stranger's `text` as one short line for people: without what a terminal obeys, and what hides or turns the text beside it. */
export function plainLine(text: string, maxCharacters: number): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return [...line].slice(0, maxCharacters).join('').trim();
}

const MAX_SENTENCE_CHARACTERS = 1024;

/** Some sentences end with words of ffmpeg or of a disk: a text that is too long is cut, never refused. */
export function clippedSentence(text: string): string {
  return text.length <= MAX_SENTENCE_CHARACTERS ? text : `${text.slice(0, MAX_SENTENCE_CHARACTERS - 1)}…`;
}
