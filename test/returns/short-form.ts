import type { ReturnFault } from './return-fault.ts';
import { RETURN_FAULTS } from './return-faults.ts';

/** One of each side, and one that only the second question finds. */
const SHORT = [
  'home: power loss while it fetches',
  'holder: power loss after a receipt',
  'disk: what has returned vanishes from the home’s disk after its receipt',
];

export function shortForm(): readonly ReturnFault[] {
  return SHORT.map((name) => {
    const fault = RETURN_FAULTS.find((each) => each.name === name);
    if (fault === undefined) throw new RangeError(`there is no fault "${name}"`);
    return fault;
  });
}
