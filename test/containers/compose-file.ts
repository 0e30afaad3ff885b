import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

export const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
export const COMPOSE_FOLDER = join(PROJECT, 'packaging/container');

const serviceSchema = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  hostname: z.string().optional(),
  restart: z.literal('always'),
  working_dir: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })),
  healthcheck: z.strictObject({ test: z.array(z.string()), interval: z.string() }).optional(),
  ports: z.array(z.string().regex(/^\d+:\d+$/)).optional(),
  volumes: z.array(z.string().regex(/^\w+:\/[\w/]+$/)),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  ulimits: z.record(z.string(), z.number()).optional(),
});
export type ComposeService = z.infer<typeof serviceSchema>;

/** Compose's own schema, as far as compose.yaml uses it: a word that is misspelt is refused. */
const composeSchema = z.object({
  name: z.string(),
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.strictObject({})),
  configs: z.record(
    z.string(),
    z.union([z.strictObject({ file: z.string() }), z.strictObject({ content: z.string() })]),
  ),
});
export type ComposeFile = z.infer<typeof composeSchema>;

/** packaging/container/compose.yaml, with this key of the herd in place of its variable. */
export function readComposeFile(key: string): ComposeFile {
  const text = readFileSync(join(COMPOSE_FOLDER, 'compose.yaml'), 'utf8');
  return composeSchema.parse(
    parseYaml(
      text.replace(/\$\{STREAMHERD_CLUSTER_KEY[^}]*\}/g, () => key),
      { merge: true },
    ),
  );
}

/** The text that a container finds in the place of this `configs` entry. */
export function configText(configs: ComposeFile['configs'], source: string): string {
  const config = configs[source];
  if (config === undefined) throw new Error(`compose.yaml has no configs entry ${source}`);
  return 'content' in config ? config.content : readFileSync(join(COMPOSE_FOLDER, config.file), 'utf8');
}

/** What the Containerfile is built from. */
export function buildOf({ services }: ComposeFile): { readonly context: string; readonly containerfile: string } {
  const build = Object.values(services).find((service) => service.build !== undefined)?.build;
  if (build === undefined) throw new Error('no service of compose.yaml has a build');
  const context = join(COMPOSE_FOLDER, build.context);
  return { context, containerfile: join(context, build.dockerfile) };
}
