import { createParser } from 'eventsource-parser';
import { CommandFailure } from './command.ts';

/** Longer ones are no events of ours, and would fill the memory. */
const MAX_EVENT_LENGTH = 1024 * 1024;

/** The data of each event of a text/event-stream, which arrives in pieces of any size. `Data` is trusted: both ends are of this project. */
export async function* serverSentEvents<Data>(
  pieces: AsyncIterable<string>,
  maxLength = MAX_EVENT_LENGTH,
): AsyncGenerator<Data> {
  const arrived: string[] = [];
  let isEndless = false;
  const parser = createParser({
    maxBufferSize: maxLength,
    onEvent: ({ data }) => arrived.push(data),
    onError: ({ type }) => {
      isEndless ||= type === 'max-buffer-size-exceeded';
    },
  });
  for await (const piece of pieces) {
    parser.feed(piece);
    for (const data of arrived.splice(0)) if (data !== '') yield dataOf<Data>(data);
    if (isEndless) throw new CommandFailure('the server sends an event without end');
  }
}

function dataOf<Data>(text: string): Data {
  try {
    return JSON.parse(text) as Data;
  } catch (error) {
    throw new CommandFailure('the server sent an event that is no JSON: is it another version?', { cause: error });
  }
}
