import { z } from 'zod';
import {
  CAMERA_FAILURES,
  DEFAULT_SEARCH_S,
  MAX_HOSTS,
  MAX_SEARCH_S,
  MIN_SEARCH_S,
} from '../../../domain/cameras/camera.ts';
import { HOST_EXPECTED, normalAddress, parseCameraHost } from '../../../domain/cameras/camera-host.ts';
import { GateFullError } from '../../../domain/gate.ts';
import { scrubUrl } from '../../../domain/text/secrets.ts';
import { type ApiParts, type App, acted, answerRefusal, badRequest, jsonObject } from '../app.ts';
import type { Refusal } from '../herd-api.ts';
import { answer, describedChange, MISSING } from '../openapi.ts';
import { streamsByHost } from './streams-by-host.ts';

const MAX_TOLD = 8;
const FROM_EXPECTED = 'the IPv4 address of an interface of the server';
const searchBodySchema = z
  .object({
    seconds: z
      .number(`expected seconds from ${MIN_SEARCH_S} to ${MAX_SEARCH_S}`)
      .min(MIN_SEARCH_S, `expected seconds from ${MIN_SEARCH_S} to ${MAX_SEARCH_S}`)
      .max(MAX_SEARCH_S, `expected seconds from ${MIN_SEARCH_S} to ${MAX_SEARCH_S}`)
      .optional()
      .meta({ description: `How long answers are waited for; ${DEFAULT_SEARCH_S} if absent.` }),
    interface: z
      .string(`interface: expected ${FROM_EXPECTED}`)
      .refine(
        (text) => normalAddress(text) !== undefined && !text.includes(':'),
        `interface: expected ${FROM_EXPECTED}`,
      )
      .optional()
      .meta({ description: 'The address of the interface to ask on; absent: on all.' }),
    hosts: z
      .array(
        z
          .string(`hosts: expected ${HOST_EXPECTED}`)
          .refine((text) => parseCameraHost(text) !== undefined, `hosts: expected ${HOST_EXPECTED}`),
        'hosts: expected a list of addresses',
      )
      .max(MAX_HOSTS, `hosts: expected at most ${MAX_HOSTS} addresses`)
      .optional()
      .meta({ description: 'Cameras to ask one by one, and no others, where multicast does not reach.' }),
  })
  .meta({ id: 'CameraQuery' });

const text = z.string();
export const foundSchema = z
  .object({
    cameras: z.array(
      z.object({
        address: text.meta({ description: 'That answered.' }),
        url: text
          .meta({ description: 'Where it is asked for its profiles. Absent: it names other hosts only.' })
          .exactOptional(),
        name: text,
        maker: text,
        hardware: text,
        location: text,
        remark: text.exactOptional(),
        streams: z.array(text).meta({ description: 'That have an input at this address.' }),
      }),
    ),
    remarks: z.array(text).meta({ description: 'What could not be asked, or was left out.' }),
  })
  .meta({ id: 'FoundCameras' });

const WORD = z
  .string()
  .max(128)
  .regex(/^\P{Cc}*$/u);
const profilesBodySchema = z
  .object({
    url: z.string().max(1024).meta({ description: 'As the search has answered it.' }),
    user: WORD.optional(),
    password: WORD.optional(),
  })
  .meta({ id: 'CameraToAsk' });
const LOGIN_EXPECTED =
  'expected a body like {"url": "http://10.1.1.7/onvif/device_service", "user": "admin", "password": "…"}, with at most 128 characters each and no control characters';

const number = z.number().exactOptional();
export const cameraProfilesSchema = z
  .union([
    z.object({
      ok: z.literal(true),
      maker: text,
      hardware: text,
      profiles: z.array(
        z.object({
          ...{
            token: text,
            name: text,
            codec: text.exactOptional(),
            width: number,
            height: number,
            fps: number,
            kbps: number,
          },
          url: text.meta({ description: 'Without user and password.' }),
        }),
      ),
      remarks: z.array(text),
    }),
    z.object({ ok: z.literal(false), failure: z.object({ kind: z.enum(CAMERA_FAILURES), message: text }) }),
  ])
  .meta({ id: 'CameraProfiles' });

/** Cameras by ONVIF: the server that is asked looks for them, and asks those that it has found. */
export function addCameras(app: App, parts: ApiParts): void {
  addSearch(app, parts);
  addProfiles(app, parts);
}

function addSearch(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/cameras/search',
    describedChange({
      summary: 'Look for cameras by ONVIF, from the server that is asked',
      description:
        'One search at a time for each server. It is given up when the client goes. Nothing is defined by it.',
      body: searchBodySchema,
      responses: { 200: answer('The cameras that answered.', foundSchema) },
    }),
    door.editors,
    async (context) => {
      const body = searchBodySchema.safeParse(jsonObject(await context.req.text()));
      if (!body.success)
        return badRequest(context, body.error.issues[0]?.message ?? 'expected a body like {"seconds": 4}');
      const { seconds = DEFAULT_SEARCH_S, interface: from, hosts = [] } = body.data;
      const wanted = hosts.map(parseCameraHost).filter((each) => each !== undefined);
      const query = { seconds, hosts: wanted, ...(from !== undefined && { from }) };
      const onBegin = () => acted(context, herd, { why: `cameras are looked for${placesOf(hosts)}` });
      const found = await unlessFull(() => herd.cameras.search(query, context.req.raw.signal, onBegin));
      if ('ok' in found) return answerRefusal(context, found);
      const { cameras, remarks, isAsked } = found;
      if (!isAsked)
        return answerRefusal(context, {
          ok: false,
          status: 409,
          error: remarks.join(' ') || 'this server has no network to ask on',
        });
      const streams = streamsByHost(herd);
      return context.json({
        cameras: cameras.map((each) => ({ ...each, streams: streams.get(each.address) ?? [] })),
        remarks,
      });
    },
  );
}

function addProfiles(app: App, { herd, door }: ApiParts): void {
  app.post(
    '/api/v1/cameras/profiles',
    describedChange({
      summary: 'Ask a camera what it sends',
      description: 'Only one that a search by this server has found since its start.',
      body: profilesBodySchema,
      responses: { 200: answer('Its profiles, or why there are none.', cameraProfilesSchema), ...MISSING },
    }),
    door.editors,
    async (context) => {
      const body = profilesBodySchema.safeParse(jsonObject(await context.req.text()));
      if (!body.success) return badRequest(context, LOGIN_EXPECTED);
      const { url, user = '', password = '' } = body.data;
      const login = user === '' ? undefined : { user, password };
      const onBegin = () => acted(context, herd, { why: `the camera at ${scrubUrl(url)} is asked what it sends` });
      const said = await unlessFull(() => herd.cameras.profiles(url, login, context.req.raw.signal, onBegin));
      if (said === undefined) {
        return answerRefusal(context, {
          ok: false,
          status: 404,
          error: 'this server has found no camera there: look for cameras again',
        });
      }
      if ('status' in said) return answerRefusal(context, said);
      return context.json(said);
    },
  );
}

/** In an event only some are named. */
function placesOf(hosts: readonly string[]): string {
  if (hosts.length === 0) return '';
  return hosts.length > MAX_TOLD ? ` at ${hosts.length} addresses` : ` at ${hosts.join(', ')}`;
}

async function unlessFull<T>(task: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof GateFullError)) throw error;
    return { ok: false, status: 503, error: 'this server is asking cameras already: ask again' };
  }
}
