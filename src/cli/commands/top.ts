import { type Command, CommandFailure, DONE, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';
import { followHerd } from '../top/herd-feed.ts';
import { NOTHING_YET } from '../top/herd-state.ts';
import { Screen } from '../top/screen.ts';
import { FIRST_CHOICE, keysOf, pressed } from '../top/top-keys.ts';
import { topView } from '../top/top-view.ts';

const { json: _, ...OPTIONS } = SERVER_OPTIONS;
/** A thousand changes a second need not be a thousand pictures. */
const DRAW_EVERY_MS = 100;
/** For the ages; nothing is asked for. */
const TICK_MS = 1000;

export const top: Command = {
  name: 'top',
  summary: 'Watch servers and streams live in the terminal',
  positionals: [],
  options: OPTIONS,
  details: [
    'What needs an operator comes first. Keys: q quits; / filters by name, server, state or error, and Esc shows all',
    'again; s, n, v, b and a sort by state, name, server, rate and age, r reverses; arrows and pages scroll.',
  ],
  example: 'top',
  async run(invocation) {
    const { env } = invocation;
    const [input, output] = [process.stdin, process.stdout];
    const term = env.TERM ?? '';
    if (!input.isTTY || !output.isTTY || term === '' || term === 'dumb') {
      const why = input.isTTY && output.isTTY ? `TERM is ${term === '' ? 'not set' : term}` : 'this is none';
      throw new CommandFailure(
        `top draws in a terminal, and ${why}: "streamherd streams", "streamherd servers" and "streamherd events --follow" write lines`,
      );
    }
    const api = await connect(invocation);
    const over = new AbortController();
    let [state, choice, page] = [NOTHING_YET, FIRST_CHOICE, 1];
    let heardMs = Date.now();
    let timer: NodeJS.Timeout | undefined;
    using screen = new Screen({
      ...{ input, output, hasColour: (env.NO_COLOR ?? '') === '' },
      onKeys: (text) => {
        for (const key of keysOf(text)) choice = pressed(choice, key, page);
        if (choice.isOver) over.abort();
        else draw();
      },
      onResize: () => {
        screen.forget();
        draw();
      },
      onEnd: () => over.abort(),
    });
    const draw = () => {
      const view = topView(state, choice, screen.size, { nowMs: Date.now(), heardMs });
      page = view.page;
      // Scrolled beyond the end by a key, or by streams that went.
      choice = { ...choice, scrolled: view.scrolled };
      screen.draw(view.lines);
    };
    const drawSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        draw();
      }, DRAW_EVERY_MS);
    };
    const tick = setInterval(draw, TICK_MS);
    const feed = followHerd(api, over.signal, () => {
      heardMs = Date.now();
    });
    const ended = new Promise<'ended'>((resolve) => over.signal.addEventListener('abort', () => resolve('ended')));
    try {
      for (;;) {
        const next = await Promise.race([feed.next(), ended]);
        if (next === 'ended' || next.done === true) return DONE;
        state = next.value;
        drawSoon();
      }
    } finally {
      clearTimeout(timer);
      clearInterval(tick);
      over.abort();
    }
  },
};
