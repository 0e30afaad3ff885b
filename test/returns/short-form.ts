import type { ReturnFault } from './return-fault.ts';
import { RETURN_FAULTS } from './return-faults.ts';

/** Of each side, and what only the second question finds: in one return, as each takes a minute. */
const SHORT = ['one after the other'];

export function shortForm(): readonly ReturnFault[] {
  return SHORT.map((begin) => {
    const fault = RETURN_FAULTS.find(({ name }) => name.startsWith(begin));
    if (fault === undefined) throw new RangeError(`there is no fault "${begin}"`);
    return fault;
  });
}
