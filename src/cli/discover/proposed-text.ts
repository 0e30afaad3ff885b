import type { CameraLogin, CameraProfile, FoundCamera } from '../../domain/cameras/camera.ts';
import { calledOf, profileText, proposalTable, withLogin } from '../../domain/cameras/proposal.ts';

/** What was learned of a camera. */
export interface Asked {
  readonly camera: FoundCamera;
  readonly profiles: readonly CameraProfile[];
  readonly remarks: readonly string[];
}

export interface Proposed extends Asked {
  readonly stream: string;
  readonly profile: CameraProfile;
}

/** As the import reads it. */
export function tableText(proposed: readonly Proposed[], login: CameraLogin): string {
  return proposalTable(
    proposed.map(({ stream, camera, profile }) => {
      return { stream, input: withLogin(profile.url, login), title: calledOf(camera) };
    }),
  );
}

/** As a configuration file has it, with the other profiles of each camera as comments. */
export async function definitionsText(proposed: readonly Proposed[], login: CameraLogin): Promise<string> {
  const [{ readDefinition }, { parseStreamName }, { printStream }] = await Promise.all([
    import('../../domain/definition/stream-definition-schema.ts'),
    import('../../domain/definition/stream-name.ts'),
    import('../../config/print.ts'),
  ]);
  const blocks = proposed.map(({ stream, camera, profile, profiles }) => {
    const title = calledOf(camera);
    const name = parseStreamName(stream);
    const read = readDefinition({ inputs: [withLogin(profile.url, login)], ...(title !== '' && { title }) });
    if (name === undefined || !read.ok) throw new Error(`the proposal for ${camera.address} is no definition`);
    const head = [camera.maker, camera.hardware, camera.address].filter(Boolean).join(' ');
    const others = profiles.filter((each) => each !== profile).map((each) => `# or ${profileLine(each)}: ${each.url}`);
    return [
      `# ${head}: ${profileLine(profile)}`,
      ...others,
      printStream({ name, definition: read.definition }),
      '',
    ].join('\n');
  });
  return blocks.join('\n');
}

function profileLine(profile: CameraProfile): string {
  return [profile.name || profile.token, profileText(profile)].filter(Boolean).join(', ');
}
