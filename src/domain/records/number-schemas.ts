import { z } from 'zod';
import { LATEST_MS } from '../text/iso-time.ts';

/** In what other servers and the archive's own files say. */
export const count = z.int().nonnegative();
/** Unix milliseconds that a date can name. */
export const unixTime = count.max(LATEST_MS);
