import { parseStreamName, type StreamName } from '../../src/domain/definition/stream-name.ts';

/** @throws RangeError when `text` is none. */
export function streamName(text: string): StreamName {
  const name = parseStreamName(text);
  if (name === undefined) throw new RangeError(`"${text}" is no stream name`);
  return name;
}
