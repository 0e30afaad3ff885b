import { z } from 'zod';
import { wholeInputs } from '../../../domain/definition/kept-secrets.ts';
import type { SourceTest, SourceTestOrder } from '../../../domain/definition/source-test.ts';
import { sourceUrlProblem } from '../../../domain/definition/source-url.ts';
import { parseStreamName } from '../../../domain/definition/stream-name.ts';
import { GateFullError } from '../../../domain/gate.ts';
import type { SourceFailureKind } from '../../../domain/source-failure.ts';
import { scrubUrl } from '../../../domain/text/secrets.ts';
import { type ApiParts, type App, acted, answerRefusal, badRequest, jsonObject } from '../app.ts';
import type { Refusal } from '../herd-api.ts';
import { answer, describedChange } from '../openapi.ts';
import { capturingStream } from './capturing-stream.ts';
import { SECRET_EXPECTED } from './whole-definition.ts';

const bodySchema = z
  .object({
    url: z.string(),
    stream: z
      .string()
      .meta({ description: 'Whose input it is: for passwords that are shown as ***, and for its transcoder.' })
      .optional(),
  })
  .meta({ id: 'SourceToTest' });

const KINDS = [
  ...['refused', 'unreachable', 'authentication', 'not-found', 'timeout', 'unsupported', 'ended', 'ours'],
] as const satisfies readonly SourceFailureKind[];

export const sourceTestSchema = z
  .union([
    z.object({
      ok: z.literal(true),
      video: z
        .object({
          codec: z.string(),
          width: z.int().exactOptional(),
          height: z.int().exactOptional(),
          fps: z.number().exactOptional(),
          keyFrameS: z
            .number()
            .meta({ description: 'The longest time between two key frames; absent: there was no second one.' })
            .exactOptional(),
        })
        .exactOptional(),
      sound: z
        .object({ codec: z.string(), sampleRate: z.number().exactOptional(), channels: z.string().exactOptional() })
        .exactOptional(),
      firstDataS: z
        .number()
        .meta({ description: 'Seconds from connecting to its first data; absent: it was not opened.' })
        .exactOptional(),
      seenS: z.number().meta({ description: 'Seconds of it that were looked at.' }),
      says: z.array(z.string()).meta({ description: 'What streamherd does with it, and what to change.' }),
      picture: z.string().meta({ description: 'A JPEG in base64.' }).exactOptional(),
    }),
    z.object({ ok: z.literal(false), failure: z.object({ kind: z.enum(KINDS), message: z.string() }) }),
  ])
  .meta({ id: 'SourceTest' });

/** The server that is asked connects to a source, looks at it for some seconds, and says what it is. */
export function addSourceTest(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/sources/test',
    describedChange({
      summary: 'Connect to a source, and say what it sends',
      description:
        'Done by the server that is asked, within 15 s, and given up when the client goes. A source that is captured at the moment is not ' +
        'opened again, because cameras allow few connections.',
      body: bodySchema,
      responses: { 200: answer('What it sends, or why it cannot be captured.', sourceTestSchema) },
    }),
    door.editors,
    async (context) => {
      const body = bodySchema.safeParse(jsonObject(await context.req.text()));
      if (!body.success) return badRequest(context, 'expected a body like {"url": "rtsp://…"}');
      const source = sourceOf(body.data, herd);
      if (!source.ok) return answerRefusal(context, source);
      const onBegin = () => acted(context, herd, { why: `the source ${scrubUrl(source.url)} is tested` });
      try {
        const { url, transcoder } = source;
        const signal = context.req.raw.signal;
        const tested: SourceTest = await herd.testSource({ url, transcoder, onBegin, signal });
        return context.json(tested);
      } catch (error) {
        if (!(error instanceof GateFullError)) throw error;
        return answerRefusal(context, {
          ok: false,
          status: 503,
          error: 'too many sources are being tested: ask again',
        });
      }
    },
  );
}

type Source = ({ readonly ok: true } & Pick<SourceTestOrder, 'url' | 'transcoder'>) | Refusal;

function sourceOf({ url, stream = '' }: z.output<typeof bodySchema>, herd: ApiParts['herd']): Source {
  const expected = sourceUrlProblem(url);
  if (expected !== undefined) return refused(expected);
  const name = parseStreamName(stream);
  const { inputs = [], transcoder } = (name && herd.stream(name)?.definition) ?? {};
  const whole = wholeInputs([url], inputs);
  const [known] = whole.ok ? whole.inputs : [];
  if (known === undefined) return refused(SECRET_EXPECTED);
  const capturing = capturingStream(known, herd);
  if (capturing === undefined) return { ok: true, url: known, transcoder };
  const error = `${capturing.server} captures it as ${capturing.name} right now: a second connection could end the first`;
  return { ok: false, status: 409, error };
}

function refused(expected: string): Refusal {
  return { ok: false, status: 400, error: `url: expected ${expected}`, problems: [{ path: 'url', expected }] };
}
