import type { HeapClock } from '../heap-clock.ts';
import type { Network } from '../network.ts';
import type { StreamPlan } from '../plan.ts';
import type { HostArchive, HostArchiveWorld } from './host-archive.ts';
import { Listings, type ListingsWorld } from './listings.ts';
import { Recordings, type RecordingsWorld } from './recordings.ts';
import type { RecordingSabotage } from './simulated-peers.ts';
import { WrittenSegments } from './written-segments.ts';

interface RecordedHost {
  readonly name: string;
  readonly recording: HostArchive | undefined;
  readonly machine: { readonly on: boolean };
  taken(onTaken: () => void): void;
}

/** What is recorded by the hosts of it. */
interface RecordedWorld {
  readonly clock: HeapClock;
  readonly network: Network;
  readonly streams: readonly StreamPlan[];
  readonly hosts: readonly RecordedHost[];
  readonly owners: { recordOf(stream: string): { readonly server: string | null } | undefined };
  readonly sabotage: { readonly recording?: RecordingSabotage };
  host(name: string): RecordedHost | undefined;
  violate(promise: Violated, what: string): void;
  note(source: string, text: string): void;
}

type Violated = Parameters<RecordingsWorld['violate'] | ListingsWorld['violate']>[0];

const SCANNED_EVERY_MS = 10_000;

/** What archives of a world need of it, and the judge of what they do. */
export function recordingOf(world: RecordedWorld): {
  readonly world: HostArchiveWorld;
  readonly recordings: Recordings;
} {
  const { clock, network, streams } = world;
  const recordings = new Recordings({
    nowMs: () => clock.nowMs,
    hosts: () =>
      world.hosts.flatMap(({ name, recording, machine }) =>
        recording === undefined ? [] : [{ name, disk: recording.disk, isGone: !machine.on }],
      ),
    captureAtOf: (name) => streams.find((stream) => stream.name === name)?.captureAt,
    ownerOf: (name) => world.owners.recordOf(name)?.server ?? undefined,
    violate: (promise, what) => world.violate(promise, what),
  });
  const written = new WrittenSegments();
  const sabotage = world.sabotage.recording ?? {};
  const listings = new Listings({
    ...{ written, sabotage, closed: () => recordings.closed },
    hosts: () =>
      world.hosts.flatMap(({ name, recording, machine }) =>
        recording === undefined || !machine.on ? [] : [{ name, recording }],
      ),
    soon: (run) => clock.after(0, run),
    violate: (promise, what) => world.violate(promise, what),
  });
  const scan = () => {
    recordings.scan();
    listings.look();
    clock.after(SCANNED_EVERY_MS, scan);
  };
  clock.after(SCANNED_EVERY_MS, scan);
  const parts: HostArchiveWorld = {
    ask: (from, to, ask, answered) => {
      network.direct(from, to, () =>
        world.host(to)?.recording?.ask(ask, (answer) => {
          network.answer(to, from, () => world.host(from)?.taken(() => answered(answer)));
        }),
      );
    },
    read: (host, file, { fromByte, untilByte }) => {
      const content = world.host(host)?.recording?.disk.contentOf(file);
      return Buffer.from(content?.subarray(fromByte, untilByte) ?? []);
    },
    removing: (...removed) => recordings.removing(...removed),
    died: (host) => recordings.died(host),
    note: (host, text) => world.note(host, text),
    wrote: (segment) => written.add(segment),
    sabotage,
  };
  return { world: parts, recordings };
}
