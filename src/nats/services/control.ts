import type { Bus, Listening } from '../connection/bus.ts';
import { BusError, reasonOf } from '../connection/bus-error.ts';
import { controlSubject } from '../connection/subjects.ts';

/** What a server says to an operator's command. */
export type ControlAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly why: string };

const MAX_COMMANDS_AT_ONCE = 16;
const MAX_COMMAND_BYTES = 64 * 1024;

/**
 * Answers the commands that operators send to this server. `command` is any JSON value: the handler checks it, and what it
 * throws becomes the answer's `why`.
 */
export function serveControl(bus: Bus, server: string, handler: (command: unknown) => Promise<unknown>): Listening {
  let running = 0;
  const answer = async (data: Uint8Array): Promise<string> => {
    if (data.length > MAX_COMMAND_BYTES) return refusal(`the command has more than ${MAX_COMMAND_BYTES} bytes`);
    if (running >= MAX_COMMANDS_AT_ONCE) return refusal(`${server} works on ${running} commands already`);
    running++;
    try {
      const command: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
      const answered: ControlAnswer = { ok: true, result: (await handler(command)) ?? null };
      return JSON.stringify(answered);
    } catch (error) {
      return refusal(reasonOf(error));
    } finally {
      running--;
    }
  };
  return bus.listen(controlSubject(server), (message) => {
    const { reply } = message;
    void answer(message.data).then((text) => {
      if (reply && !bus.publish(reply, text)) bus.publish(reply, refusal('the answer is too large for the bus'));
    });
  });
}

function refusal(why: string): string {
  const answered: ControlAnswer = { ok: false, why };
  return JSON.stringify(answered);
}

/** Sends a command to a server. Never throws: that no server answers is an outcome, too. */
export async function askControl(
  bus: Bus,
  server: string,
  command: unknown,
  timeoutMs: number,
): Promise<ControlAnswer> {
  try {
    const reply = await bus.request(controlSubject(server), JSON.stringify(command), { timeoutMs });
    return reply.json<ControlAnswer>();
  } catch (error) {
    const why =
      error instanceof BusError && error.nobodyListens ? `no server ${server} listens on the bus` : reasonOf(error);
    return { ok: false, why };
  }
}
