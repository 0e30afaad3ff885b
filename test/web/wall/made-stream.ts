import type { StreamStatus } from '../../../src/domain/status.ts';

export function stream(name: string, more: Partial<StreamStatus> = {}): StreamStatus {
  return { name, state: 'live', server: 's01', why: 'it is new', ...more };
}
