import fc from 'fast-check';

/**
 * Imported for its effect by tests of properties: every run tries the same examples, so that a failure comes from a change of the code and
 * not from chance. `FC_SEED=7 node dist/test/….test.js` tries others.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_122) });
