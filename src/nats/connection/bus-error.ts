/** There was no answer from the bus, or none that tells. Passing: the same question may succeed later. */
export class BusError extends Error {
  override readonly name = 'BusError';
  /** JetStream's `err_code`, when JetStream answered with one. */
  readonly code: number | undefined;
  /** There is no subscriber to the subject that was asked. */
  readonly nobodyListens: boolean;

  constructor(message: string, options: BusErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.nobodyListens = options.nobodyListens ?? false;
  }
}

/** The bus is set up in a way that the herd must not run on. Lasting: an operator has to change what the message names. */
export class BusSetupError extends Error {
  override readonly name = 'BusSetupError';
}

/** One line about any thrown thing, for logs and answers. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

interface BusErrorOptions {
  readonly code?: number;
  readonly nobodyListens?: boolean;
  readonly cause?: unknown;
}
