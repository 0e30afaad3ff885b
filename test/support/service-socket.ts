import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dyingWithParent } from './dying-with-parent.ts';
import { eventually } from './eventually.ts';
import { tempFolder } from './temp-folder.ts';

/** Node has no datagram sockets of this kind, and perl is part of every Debian. A message is several lines; here it is one. */
const LISTENER = [
  'use Socket; $| = 1;',
  'socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;',
  'bind($s, sockaddr_un($ARGV[0])) or die $!;',
  'while (defined recv($s, my $m, 65536, 0)) { chomp $m; $m =~ s/\\n/ | /g; print "$m\\n" }',
].join(' ');
/** systemd-notify asks by it whether its message has been read. */
const BARRIER = 'BARRIER=1';

export interface ServiceSocket extends AsyncDisposable {
  /** `NOTIFY_SOCKET` of a service. */
  readonly path: string;
  /** Each message that came, with its variables in one line. */
  readonly messages: readonly string[];
}

/** A socket as systemd has it for the messages of its services. */
export async function serviceSocket(): Promise<ServiceSocket> {
  const folder = await tempFolder();
  const path = join(folder.path, 'notify');
  const [file = '', ...args] = [...dyingWithParent('KILL'), 'perl', '-e', LISTENER, path];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    messages.push(...lines.filter((line) => line !== BARRIER));
  });
  await eventually('perl listens', () => existsSync(path), { everyMs: 5 });
  return {
    path,
    messages,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await folder[Symbol.asyncDispose]();
    },
  };
}
