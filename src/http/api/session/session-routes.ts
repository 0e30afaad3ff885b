import { z } from 'zod';
import { errorSchema } from '../answers.ts';
import { type ApiParts, type App, badRequest, jsonObject, SESSION_PATH } from '../app.ts';
import { answer, BAD, described } from '../openapi.ts';

const MAX_LENGTH = 256;
/** A name holds no ":", as in basic authentication. */
const Credentials = z.object({
  user: z
    .string()
    .max(MAX_LENGTH)
    .regex(/^[^:]+$/),
  password: z.string().max(MAX_LENGTH),
});

const sessionSchema = z
  .object({
    closed: z.boolean().meta({ description: 'Nothing is shown without a login.' }),
    logins: z.boolean().meta({ description: 'The server has users.' }),
    user: z.string().meta({ description: 'Absent: a stranger.' }).optional(),
    role: z.enum(['edit', 'view']).optional(),
    token: z.string().meta({ description: 'Of a session: each change says it in streamherd-token.' }).optional(),
  })
  .meta({ id: 'Session' });

const state = answer('The user of this browser.', sessionSchema);
const FOREIGN = { 403: answer('It comes from a page of another site.', errorSchema) };

/** Login and logout of the dashboard. Programs say name and password with each request instead. */
export function addSession(app: App, { door }: ApiParts): void {
  app.get(
    SESSION_PATH,
    described({
      summary: 'The user of this browser',
      description: 'Also answered to strangers where view_auth closes everything else.',
      responses: { 200: state },
    }),
    async (context) => context.json(await door.sessionOf(context)),
  );
  app.post(
    SESSION_PATH,
    described({
      summary: 'Log in: a cookie for this browser, of this server alone',
      body: Credentials,
      responses: {
        200: state,
        401: answer('The user or the password is wrong.', errorSchema),
        429: answer('Too many wrong passwords from there. Ask again after Retry-After.', errorSchema),
        ...FOREIGN,
        ...BAD,
      },
    }),
    async (context) => {
      const given = Credentials.safeParse(jsonObject(await context.req.text())).data;
      if (given === undefined) return badRequest(context, 'expected a body like {"user": "admin", "password": "…"}');
      const begun = await door.beginSession(context, given.user, given.password);
      return begun instanceof Response ? begun : context.json(begun);
    },
  );
  app.delete(
    SESSION_PATH,
    described({ summary: 'Log out', responses: { 200: state, ...FOREIGN } }),
    (context) => door.endSession(context) ?? context.json(door.stranger),
  );
}
