/**
 * `text` as one line that is safe to show. A terminal obeys control characters, and titles, ffmpeg's errors and files are
 * other people's text.
 */
export function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\t]/gu, '\uFFFD');
}
