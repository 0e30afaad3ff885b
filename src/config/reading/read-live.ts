import { DEFAULT_LIVE, type Live } from '../config.ts';
import type { Statement } from '../syntax/statement.ts';
import { LIVE_VOCABULARY } from '../syntax/vocabulary.ts';
import * as values from './read-values.ts';
import type { Reading } from './reading.ts';

export function readLive(statement: Statement | undefined, reading: Reading): Live {
  if (statement === undefined) return DEFAULT_LIVE;
  reading.noArguments(statement);
  const words = reading.byWord(reading.block(statement), LIVE_VOCABULARY, 'the live block');
  const { SEGMENT_EXPECTED, WINDOW_EXPECTED, parseSegmentMs, parseWindow } = values;
  return {
    segmentMs: reading.value(words.get('segment')?.[0], SEGMENT_EXPECTED, parseSegmentMs) ?? DEFAULT_LIVE.segmentMs,
    window: reading.value(words.get('window')?.[0], WINDOW_EXPECTED, parseWindow) ?? DEFAULT_LIVE.window,
    lowLatency: readFlag(words.get('low_latency')?.[0], reading),
  };
}

/** A word that stands alone. */
function readFlag(statement: Statement | undefined, reading: Reading): boolean {
  if (statement === undefined) return false;
  const { word, args, block } = statement;
  if (args[0] !== undefined) reading.report(args[0], `";" after "${word.text}"`);
  else if (block !== undefined) reading.reportMissing(word.end, `";" after "${word.text}"`);
  return true;
}
