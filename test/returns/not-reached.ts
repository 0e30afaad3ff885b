import { eventually } from '../support/eventually.ts';

/** The moment that a fault waits for did not come: it has not struck. */
export class NotReached extends Error {
  override readonly name = 'NotReached';
}

/** The moment that a fault waits for. @throws NotReached */
export async function reached(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadline: { readonly deadlineMs: number; readonly everyMs: number },
): Promise<void> {
  await eventually(what, isSo, deadline).catch((error: unknown) => {
    throw new NotReached(error instanceof Error ? error.message : String(error), { cause: error });
  });
}
