import { captureChanged } from '../../../domain/definition/capture-settings.ts';
import { shownPushUrl } from '../../../domain/definition/push-url.ts';
import type { Dvr, StreamDefinition } from '../../../domain/definition/stream-definition.ts';
import { printDefinition } from '../../../domain/definition/stream-definition-schema.ts';
import { printBytes, printDurationMs } from '../../../domain/text/units.ts';
import type { StreamDetail } from '../herd-api.ts';

export interface DefinitionChange {
  readonly action: 'create' | 'update' | 'leave';
  /** What will be so afterwards, a sentence each. */
  readonly consequences: readonly string[];
}

/** What a definition that an operator is about to put would change. `before`: the stream as it is; `undefined`: there is none. */
export function consequencesOf(before: StreamDetail | undefined, after: StreamDefinition): DefinitionChange {
  const earlier = before?.definition;
  if (before === undefined || earlier === undefined) {
    const begins = after.disabled
      ? 'It is defined, and no server captures it while it is disabled.'
      : 'A server takes it within seconds, and captures it.';
    return { action: before === undefined ? 'create' : 'update', consequences: [begins] };
  }
  const isSame = contentOf(earlier) === contentOf(after);
  if (isSame && before.status.refused === undefined) {
    return { action: 'leave', consequences: ['Nothing changes: it is defined so already.'] };
  }
  const { server } = before.status;
  return {
    action: 'update',
    consequences: [
      captureSentence(earlier, after, server),
      ...pushSentences(earlier.push, after.push),
      ...homeSentences(earlier, after, server),
      ...recordingSentences(earlier.dvr, after.dvr),
      ...fileSentences(earlier.appliedFrom),
    ],
  };
}

function contentOf(definition: StreamDefinition): string {
  return printDefinition({ ...definition, appliedFrom: [] });
}

function captureSentence(before: StreamDefinition, after: StreamDefinition, server: string | undefined): string {
  if (after.disabled) return before.disabled ? 'It stays disabled.' : 'Its capture ends, and viewers get nothing.';
  if (before.disabled) return 'A server takes it within seconds, and captures it.';
  if (server === undefined || !captureChanged(before, after, server)) return 'Its capture goes on as it is.';
  return 'Its capture begins anew: about a second is not recorded. Viewers go on by themselves.';
}

function pushSentences(before: readonly string[] = [], after: readonly string[] = []): string[] {
  const sentences = (urls: readonly string[], others: readonly string[], end: string) =>
    urls.filter((url) => !others.includes(url)).map((url) => `It is pushed to ${shownPushUrl(url)} ${end}`);
  return [...sentences(before, after, 'no longer.'), ...sentences(after, before, 'as well.')];
}

function homeSentences(before: StreamDefinition, after: StreamDefinition, server: string | undefined): string[] {
  const { captureAt } = after;
  if (after.disabled || captureAt === before.captureAt) return [];
  if (captureAt === undefined) return ['It may be captured on every server: it stays where it is.'];
  if (captureAt === server) return [`It stays on ${captureAt}, and returns there after each failover.`];
  return [`It moves to ${captureAt} as soon as that server may have it: about a second is not recorded.`];
}

function recordingSentences(before: Dvr | undefined, after: Dvr | undefined): string[] {
  if (before !== undefined && after === undefined)
    return ['Nothing is recorded from now on. What is recorded stays as long as its definition wanted until now.'];
  if (after === undefined) return [];
  if (before === undefined) return ['It is recorded from now on.'];
  const shorter = lessThan(after.keepMs, before.keepMs);
  const smaller = lessThan(after.maxBytes, before.maxBytes);
  return [
    ...(shorter === undefined ? [] : [`Recordings that are older than ${printDurationMs(shorter)} are removed.`]),
    ...(smaller === undefined
      ? []
      : [`The oldest recordings are removed until they take at most ${printBytes(smaller)} on each server.`]),
  ];
}

/** The new bound, if it is a narrower one. */
function lessThan(after: number | undefined, before: number | undefined): number | undefined {
  return after !== undefined && after < (before ?? Number.POSITIVE_INFINITY) ? after : undefined;
}

function fileSentences(files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const whose = files.length === 1 ? `the configuration file of ${files[0]}` : `the files of ${files.join(', ')}`;
  return [`It was defined by ${whose}, which no longer changes or removes it from now on.`];
}
