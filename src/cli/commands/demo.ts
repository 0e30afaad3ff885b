import type { Command } from '../command.ts';

export const demo: Command = {
  name: 'demo',
  summary: 'Run a herd of three servers with test cameras on this machine',
  positionals: [{ name: 'ARGUMENT', optional: true, many: true }],
  ownArguments: true,
  options: {},
  details: ['Prints the address of the dashboard. Ctrl-C ends everything that it started and removes its folder.'],
  example: 'demo',
  async run({ positionals }) {
    const { runDemo } = await import('../../demo/demo.ts');
    return runDemo(positionals);
  },
};
