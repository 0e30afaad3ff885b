/** The client's process: `attacker.js NAME`, the target as JSON on standard input. Prints its report as JSON. */
import { text } from 'node:stream/consumers';
import type { Target } from './attack.ts';
import { ATTACKS } from './attacks.ts';

const target = JSON.parse(await text(process.stdin)) as Target;
const attack = ATTACKS.find(({ name }) => name === process.argv[2]);
if (attack?.by !== 'client') throw new RangeError(`no attack of a client is named ${process.argv[2]}`);
console.log(JSON.stringify(await attack.run(target)));
process.exit(0);
