import type { StreamDefinition, TranscoderProfile } from './stream-definition.ts';

/** The profile that is in force on `server`; `undefined`: streams are copied. */
export function profileInForce(definition: StreamDefinition, server: string): TranscoderProfile | undefined {
  const onBackup = definition.captureAt !== undefined && definition.captureAt !== server;
  return onBackup ? (definition.backupTranscoder ?? definition.transcoder) : definition.transcoder;
}

/** Must ffmpeg on `server` be restarted for the new definition? A new title or retention is no reason for a gap. */
export function captureChanged(before: StreamDefinition, after: StreamDefinition, server: string): boolean {
  return (
    before.inputs.length !== after.inputs.length ||
    before.inputs.some((url, index) => url !== after.inputs[index]) ||
    !sameProfile(profileInForce(before, server), profileInForce(after, server))
  );
}

function sameProfile(a: TranscoderProfile | undefined, b: TranscoderProfile | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.video === b.video &&
    a.videoKbps === b.videoKbps &&
    a.size?.width === b.size?.width &&
    a.size?.height === b.size?.height &&
    a.fps === b.fps &&
    a.gop === b.gop &&
    a.preset === b.preset &&
    a.audio === b.audio &&
    a.audioKbps === b.audioKbps
  );
}
