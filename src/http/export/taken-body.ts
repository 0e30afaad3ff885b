export interface TakenBodyOptions {
  /** Ends what makes the pieces. */
  readonly abort: AbortController;
  /** Called once, when nothing makes pieces any more. */
  readonly release: () => void;
  /** A client that takes nothing for so long is given up. */
  readonly stallMs?: number;
}

const STALL_MS = 60_000;

/** The body of an answer that is made only as fast as its client takes it. */
export function takenBody(
  pieces: AsyncGenerator<Uint8Array>,
  { abort, release, stallMs = STALL_MS }: TakenBodyOptions,
): ReadableStream<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = async (reason: Error) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    abort.abort(reason);
    await pieces.return(undefined).catch(() => undefined);
    release();
  };
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    clearTimeout(timer);
    try {
      const { done, value } = await pieces.next();
      if (done) {
        await end(new Error('it is over'));
        controller.close();
        return;
      }
      controller.enqueue(value);
      timer = setTimeout(() => {
        const reason = new Error(`its client has taken nothing for ${stallMs / 1000} s`);
        controller.error(reason);
        void end(reason);
      }, stallMs);
    } catch (error) {
      await end(error instanceof Error ? error : new Error(String(error)));
      controller.error(error);
    }
  };
  const cancel = () => end(new Error('its client has left'));
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}
