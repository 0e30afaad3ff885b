import type { SnapshotFrom } from 'xstate';
import type { CaptureState, StreamStatus } from '../domain/status.ts';
import type { captureMachine } from './capture.ts';
import type { streamMachine } from './stream.ts';

/** What this server knows of a stream from its own actor; name, title, owner and URLs come from the views. */
export type OwnStatus = Pick<
  StreamStatus,
  'state' | 'why' | 'epoch' | 'bitrateKbps' | 'input' | 'error' | 'remark' | 'sound' | 'pushes'
>;

export function ownStatus(snapshot: SnapshotFrom<typeof streamMachine>): OwnStatus {
  const { context } = snapshot;
  const capture = snapshot.children.capture?.getSnapshot();
  return {
    state: stateOf(snapshot, capture),
    why: whyOf(snapshot),
    ...(context.epoch !== null && { epoch: context.epoch }),
    ...(context.error !== null && { error: context.error }),
    ...(context.remark !== null && { remark: context.remark }),
    ...(context.sound !== null && context.sound.input === capture?.context.input && { sound: context.sound.codec }),
    ...(snapshot.matches('capturing') && context.pushes.length > 0 && { pushes: context.pushes }),
    ...(snapshot.matches('capturing') && capture !== undefined && { input: capture.context.input }),
    ...(snapshot.matches('capturing') &&
      capture?.context.bitrateKbps !== undefined && { bitrateKbps: capture.context.bitrateKbps }),
  };
}

function stateOf(
  snapshot: SnapshotFrom<typeof streamMachine>,
  capture: SnapshotFrom<typeof captureMachine> | undefined,
): StreamStatus['state'] {
  if (snapshot.matches('stopped')) return 'stopped';
  if (snapshot.matches('idle')) return 'idle';
  if (snapshot.matches('claiming')) return 'claiming';
  if (snapshot.matches('handingBack') || snapshot.matches({ capturing: 'stopping' })) return 'handing-back';
  if (snapshot.matches({ capturing: 'running' }) && capture !== undefined) return captureState(capture);
  return 'stopping';
}

export function captureState(capture: SnapshotFrom<typeof captureMachine>): CaptureState {
  if (capture.matches('backingOff')) return 'backing-off';
  if (capture.matches({ running: 'live' })) return 'live';
  if (capture.matches({ running: 'stalled' })) return 'stalled';
  if (capture.matches({ running: 'stopping' }) || capture.matches('ended')) return 'stopping';
  return 'connecting';
}

function whyOf(snapshot: SnapshotFrom<typeof streamMachine>): string {
  const { definition, owner, session, assignment, epoch, ownedWhy, leaving } = snapshot.context;
  if (definition === null) return 'it has no definition';
  if (definition.disabled) return 'it is disabled';
  if (leaving !== null) return leaving.why;
  if (epoch !== null) return ownedWhy;
  if (session === null) return 'this server has no standing';
  if (snapshot.matches('capturing')) return 'it is no longer this server’s, and its capture is being killed';
  if (snapshot.matches({ idle: 'grace' })) return `it was handed back for ${owner.heir ?? 'another server'} to take`;
  return owner.live && owner.server !== null ? `${owner.server} has it` : assignment.why;
}
