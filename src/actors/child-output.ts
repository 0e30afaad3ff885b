import type { Readable } from 'node:stream';

/** Reads what a child process writes, until its end. A pipe that breaks says nothing that the end of the process does not say. */
export function readOutput(pipe: unknown, onChunk: (chunk: Uint8Array) => void): void {
  // The types of Node and execa do not know the direction of pipes above the first three.
  const readable = pipe as Readable | null | undefined;
  readable?.on('error', () => undefined).on('data', onChunk);
}
