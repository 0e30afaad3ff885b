import { z } from 'zod';
import { signPlayToken } from '../../../host/play-token.ts';
import type { ApiParts, App } from '../app.ts';
import { answer, describedChange } from '../openapi.ts';

const LIFETIME_MS = 3_600_000;

const playTokenSchema = z
  .object({ token: z.string().nullable(), seconds: z.int() })
  .meta({ id: 'PlayToken', description: '`null`: every viewer may play, without a token.' });

/** What users may see they may play: their pages put this token in the query of what they play. */
export function addPlayToken(app: App, { door, playKey }: ApiParts): void {
  app.get(
    '/api/v1/play-token',
    describedChange({
      summary: 'A token that plays all streams on every server of the herd, for a user of this API',
      description: 'Only users get one, also where strangers may see the rest of the API.',
      responses: { 200: answer('For the query of what is played, as `?token=`.', playTokenSchema) },
    }),
    door.players,
    (context) => {
      const token = playKey === undefined ? null : signPlayToken(playKey, { stream: '*' }, LIFETIME_MS);
      return context.json({ token, seconds: LIFETIME_MS / 1000 });
    },
  );
}
