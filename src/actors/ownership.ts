import { type EventObject, fromCallback } from 'xstate';
import { formsOf, type StreamName } from '../domain/definition/stream-name.ts';
import { ownerRecordText, parseOwnerRecord } from '../domain/records/owner-record.ts';
import type { Tally } from '../domain/tally.ts';
import type { ClaimInput, ClaimReport, ReleaseInput, ReleaseReport } from '../machines/stream-contract.ts';
import type { Store } from '../nats/buckets/store.ts';

/**
 * The two writes of a stream's key in the bucket `owners`: one attempt each, one report, never a throw.
 *
 * A write without a clear answer may have landed or may land later. A claim is settled by reading the key back for the
 * session's own id; the compare-and-set is at one revision, so of several attempts at most one lands, and whichever did,
 * it names this session. `mayClaim`: asked before each; where it may not, nothing is written.
 */
export function claimActor(owners: Store, tally: Pick<Tally, 'claimed'>, mayClaim: () => boolean = () => true) {
  return fromCallback<EventObject, ClaimInput>(({ input, sendBack }) => {
    if (!mayClaim()) return sendBack({ type: 'claim.unknown', why: 'this server has no standing' });
    const report = (answer: ClaimReport) => {
      tally.claimed(OUTCOMES[answer.type]);
      sendBack(answer);
    };
    claim(owners, input).then(report, (error) => report({ type: 'claim.unknown', why: String(error) }));
  });
}

const OUTCOMES = { 'claim.won': 'won', 'claim.lost': 'lost', 'claim.unknown': 'unknown' } as const;

export function releaseActor(owners: Store) {
  return fromCallback<EventObject, ReleaseInput>(({ input, sendBack }) => {
    release(owners, input).then(sendBack, (error) => sendBack({ type: 'release.unknown', why: String(error) }));
  });
}

async function claim(owners: Store, input: ClaimInput): Promise<ClaimReport> {
  const key = keyOf(input.stream);
  let { expected } = input;
  if (input.again) {
    const found = await settle(owners, key, input);
    if (typeof found !== 'number') return found;
    expected = found;
  }
  const text = ownerRecordText(input.record);
  let written = await owners.update(key, text, expected);
  if (written.outcome !== 'won') {
    const found = await settle(owners, key, input);
    if (typeof found !== 'number') return found;
    // Once more, and at what the leader shows.
    if (written.outcome === 'lost' && found !== expected) written = await owners.update(key, text, found);
  }
  if (written.outcome === 'won') return { type: 'claim.won', epoch: written.revision };
  return { type: 'claim.unknown', why: written.outcome === 'lost' ? 'the key has moved on' : written.why };
}

/**
 * What the leader's copy of the key says of the claim, or else the revision at which the key may be claimed. That is the expected
 * revision, if the key still stands at it; or 0, if the marker of the removal that the view shows was swept away; or the revision of a
 * marker that the view does not know.
 */
async function settle(owners: Store, key: string, { expected, record }: ClaimInput): Promise<ClaimReport | number> {
  const entry = await owners.read(key);
  const revision = entry?.revision ?? 0;
  const found = typeof entry?.text === 'string' ? parseOwnerRecord(entry.text) : undefined;
  if (found?.session === record.session) return { type: 'claim.won', epoch: revision };
  const isFree = entry === undefined || (entry.text === null && expected === 0);
  return revision === expected || isFree ? revision : { type: 'claim.lost' };
}

async function release(owners: Store, { stream, epoch, record }: ReleaseInput): Promise<ReleaseReport> {
  const key = keyOf(stream);
  const written =
    record === null ? await owners.remove(key, epoch) : await owners.update(key, ownerRecordText(record), epoch);
  if (written.outcome === 'won') return { type: 'release.won' };
  return written.outcome === 'lost' ? { type: 'release.lost' } : { type: 'release.unknown', why: written.why };
}

function keyOf(stream: string): string {
  return formsOf(stream as StreamName).key;
}
