import type { StreamDefinition } from '../../src/domain/definition/stream-definition.ts';
import type { StreamName } from '../../src/domain/definition/stream-name.ts';

export interface HostPlan {
  readonly name: string;
  readonly capacity: number;
  readonly startMs: number;
  /** When the faults are over, the host is lost and does not come back. */
  readonly isLostAtLast: boolean;
}

export interface StreamPlan {
  readonly name: StreamName;
  readonly captureAt?: string;
  readonly weight: number;
  /** Its definition asks for recordings. */
  readonly isRecorded?: boolean;
}

/** The servers and streams of a run, and the seed of all that happens by chance. */
export interface Plan {
  readonly seed: number;
  readonly hosts: readonly HostPlan[];
  readonly streams: readonly StreamPlan[];
}

export function definitionOf(
  { captureAt, weight, isRecorded = false }: StreamPlan,
  disabled = false,
): StreamDefinition {
  const inputs = ['rtsp://camera/1'];
  return {
    inputs,
    disabled,
    weight,
    appliedFrom: [],
    ...(captureAt !== undefined && { captureAt }),
    ...(isRecorded && { dvr: {} }),
  };
}
