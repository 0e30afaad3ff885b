import type { App } from './app.ts';
import { PATHS } from './openapi-paths.ts';
import { schemas } from './openapi-schemas.ts';

/** The description of this API. A test holds it to the routes that exist: each is described, and nothing else is. */
export function addOpenApi(app: App): void {
  app.get('/api/v1/openapi.json', (context) => context.json(openApi()));
}

export function openApi() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'streamherd',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'What a herd captures, where and why, and the means to change it. Every server answers for the whole herd. ' +
        'Changes need a user of edit_auth; where the configuration file has none, they are accepted by the socket in the ' +
        'data folder only. With view_auth everything but health needs a user. ' +
        'Names of streams may hold slashes, which need not be encoded. Errors are {"error": "one sentence"}.',
    },
    paths: PATHS,
    components: {
      securitySchemes: {
        edit_auth: { type: 'http', scheme: 'basic', description: 'edit_auth or view_auth of the configuration file.' },
      },
      schemas: schemas(),
    },
  };
}
