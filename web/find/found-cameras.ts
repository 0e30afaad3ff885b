import type { CameraLogin, CameraProfile, CameraProfiles, FoundCamera } from '../../src/domain/cameras/camera.ts';
import {
  bestProfile,
  calledOf,
  completed,
  namesFor,
  proposalTable,
  withLogin,
} from '../../src/domain/cameras/proposal.ts';

/** A camera, as a server found it. */
export type FoundHere = FoundCamera & { readonly streams: readonly string[] };

/** What has become of the question to a camera. */
export type Said = { readonly is: 'asking' } | { readonly is: 'failed'; readonly why: string } | Profiled;
type Profiled = {
  readonly is: 'done';
  readonly profiles: readonly CameraProfile[];
  readonly remarks: readonly string[];
};

export interface CameraRow {
  readonly camera: FoundHere;
  readonly isChosen: boolean;
  /** Absent: the login of all. */
  readonly ownLogin?: CameraLogin;
  readonly said?: Said;
  /** Of the profile that is wanted. */
  readonly token: string;
  /** As the operator wrote it. Absent: the proposed name. */
  readonly named?: string;
}

/** A camera that no stream is of yet is chosen at first. */
export function firstRows(cameras: readonly FoundHere[]): readonly CameraRow[] {
  return cameras.map((camera) => ({
    camera,
    isChosen: camera.url !== undefined && camera.streams.length === 0,
    token: '',
  }));
}

/** With what a camera has answered. */
export function answered(row: CameraRow, answer: CameraProfiles): CameraRow {
  if (!answer.ok) return { ...row, said: { is: 'failed', why: answer.failure.message } };
  const { profiles, remarks } = answer;
  return {
    ...row,
    camera: completed(row.camera, answer),
    said: { is: 'done', profiles, remarks },
    token: bestProfile(profiles)?.token ?? '',
  };
}

export function profileOf({ said, token }: CameraRow): CameraProfile | undefined {
  return said?.is === 'done' ? said.profiles.find((profile) => profile.token === token) : undefined;
}

/** The names of the streams, in the order of the rows. `taken`: of the streams that there are. */
export function streamNames(rows: readonly CameraRow[], taken: ReadonlySet<string>): readonly string[] {
  const proposed = namesFor(
    rows.map(({ camera }) => camera),
    taken,
  );
  return rows.map(({ named }, index) => named ?? proposed[index] ?? '');
}

export function loginOf({ ownLogin }: CameraRow, common: CameraLogin): CameraLogin {
  return ownLogin ?? common;
}

export function inputOf(row: CameraRow, common: CameraLogin): string | undefined {
  const profile = profileOf(row);
  return profile && withLogin(profile.url, loginOf(row, common));
}

/** The chosen cameras that have said what they send, as the import reads them; empty: there are none. */
export function tableOf(rows: readonly CameraRow[], names: readonly string[], common: CameraLogin): string {
  const proposals = rows.flatMap((row, index) => {
    const input = inputOf(row, common);
    if (!row.isChosen || input === undefined) return [];
    return [{ stream: names[index] ?? '', input, title: calledOf(row.camera) }];
  });
  return proposals.length === 0 ? '' : proposalTable(proposals);
}

/** The addresses in a field: between commas, blanks or lines. */
export function hostsIn(text: string): readonly string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}
