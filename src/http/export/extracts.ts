import type { ExtractQuestion } from '../archive/playback.ts';
import { refused } from '../archive/playback-answers.ts';
import { ArchivePreviews, type ArchivePreviewsOptions } from './archive-previews.ts';
import { Exports, type ExportsOptions } from './exports.ts';
import { SegmentUnreadable } from './segment-reader.ts';

/** Answers what is cut out of recordings: files and previews. */
export function extracts(
  options: ExportsOptions & ArchivePreviewsOptions,
): (question: ExtractQuestion) => Promise<Response> {
  const exports = new Exports(options);
  const previews = new ArchivePreviews(options);
  return async ({ address, ...question }) => {
    try {
      return address.what === 'export'
        ? await exports.answer({ ...question, address })
        : await previews.answer({ ...question, address });
    } catch (error) {
      if (error instanceof SegmentUnreadable) return refused(503, error.message);
      throw error;
    }
  };
}
