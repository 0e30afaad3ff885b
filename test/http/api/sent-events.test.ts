import * as assert from 'uvu/assert';
import { type SentEvent, sentEvents } from '../../../src/http/api/sent-events.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/api/sent-events');

/** Of this process. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

function streamOf(events: AsyncIterable<SentEvent>, method = 'GET') {
  const abort = new AbortController();
  const response = sentEvents(events, abort, new Request('http://localhost/api/v1/events', { method }));
  return { abort, response };
}

async function* oneAndThen(end: () => void): AsyncGenerator<SentEvent> {
  yield { id: '1', data: { why: 'it is live' } };
  end();
}

/** Reads to the end; what broke it off. */
async function readAll(response: Response): Promise<string> {
  return response.text().catch((error: Error) => `broken: ${error.message}`);
}

test('an event stream is ended with its last event, and when no more of them can be read', async () => {
  const ended = streamOf(oneAndThen(() => {}));
  assert.match(await readAll(ended.response), /^retry: \d+\n\nid: 1\ndata: {"why":"it is live"}\n\n$/);
  const before = timers();
  const broken = streamOf(
    oneAndThen(() => {
      throw new Error('the log has gone');
    }),
  );
  assert.is(timers(), before + 1);
  assert.is(await readAll(broken.response), 'broken: the log has gone');
  for (const { abort } of [ended, broken]) assert.ok(abort.signal.aborted);
  assert.is(timers(), before);
});

test('HEAD gets the head of an event stream, and leaves no timer behind', async () => {
  const before = timers();
  const { response } = streamOf(
    oneAndThen(() => {}),
    'HEAD',
  );
  assert.is(response.headers.get('content-type'), 'text/event-stream');
  assert.equal([response.body, timers()], [null, before]);
});

test.run();
