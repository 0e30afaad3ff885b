import type { Gate } from '../../domain/gate.ts';
import { makeOwnFolder } from '../../host/disk/own-files.ts';

/** On a disk that does not answer for so long nothing can be captured, and another server may have a better one. */
const FOLDER_WITHIN_MS = 5000;

/** Makes the folder that a capture writes into. */
export async function makeCaptureFolder(disk: Gate, folder: string, withinMs = FOLDER_WITHIN_MS): Promise<void> {
  const deadline = AbortSignal.timeout(withinMs);
  try {
    await disk.run(() => makeOwnFolder(folder), deadline);
  } catch (error) {
    throw deadline.aborted ? new Error(`its disk has not answered for ${withinMs / 1000} s`) : error;
  }
}
