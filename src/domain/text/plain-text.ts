/**
 * `text` as one line that is safe to show. A terminal obeys control characters, and titles, ffmpeg's errors and files are
 * other people's text.
 */
export function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\t]/gu, '\uFFFD');
}

const MAX_SENTENCE_CHARACTERS = 1024;

/** Some sentences end with words of ffmpeg or of a disk: a text that is too long is cut, never refused. */
export function clippedSentence(text: string): string {
  return text.length <= MAX_SENTENCE_CHARACTERS ? text : `${text.slice(0, MAX_SENTENCE_CHARACTERS - 1)}…`;
}
