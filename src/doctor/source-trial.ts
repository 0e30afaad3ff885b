import { findTools } from '../actors/ffmpeg/tools.ts';
import { sourceTests } from '../actors/source-test.ts';
import type { SourceTest, SourceTestOrder } from '../domain/definition/source-test.ts';

/** Tests a source from this process, as a server does, where no server runs. */
export async function trySource(order: SourceTestOrder, env: NodeJS.ProcessEnv): Promise<SourceTest> {
  const tools = await findTools(env);
  if (tools.problem !== undefined) return { ok: false, failure: { kind: 'ours', message: tools.problem } };
  return sourceTests(tools)(order);
}
