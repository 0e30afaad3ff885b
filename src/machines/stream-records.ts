import type { OwnedRecord, VacatedRecord } from '../domain/records/owner-record.ts';
import { homeAtClaim, homeHandedOn } from '../domain/records/stream-home.ts';
import type { ClaimInput, ReleaseInput } from './stream-contract.ts';
import { ownRevision, type StreamContext } from './stream-decision.ts';

export function claimInput(context: StreamContext): ClaimInput {
  const { stream, server, session, owner, ownedWhy, world, expected, unknowns, definition } = context;
  const record: OwnedRecord = {
    server,
    session: session ?? '',
    rosterRevision: world.rosterRevision(),
    since: isoTime(world.now()),
    why: ownedWhy,
    home: homeAtClaim(server, definition?.captureAt, context.claimedHome),
    nextNumber: context.claimedNumber,
    discontinuities: context.claimedCount,
    ...(owner.failedBy.length > 0 && { failedBy: owner.failedBy }),
    ...(owner.unfitBy.length > 0 && { unfitBy: owner.unfitBy }),
    ...(owner.moved === true && owner.heir === server && { moved: true }),
  };
  return { stream, expected, record, again: unknowns > 0 };
}

export function releaseInput(context: StreamContext): ReleaseInput {
  const { stream, definition } = context;
  return { stream, epoch: ownRevision(context), record: definition === null ? null : vacatedRecord(context) };
}

function vacatedRecord(context: StreamContext): VacatedRecord {
  const { server, owner, leaving, world, last, claimedNumber } = context;
  const heir = leaving?.heir;
  const failedBy = new Set(owner.failedBy.filter((failed) => failed !== heir));
  const unfitBy = new Set(owner.unfitBy.filter((unfit) => unfit !== heir && unfit !== server));
  if (leaving?.failed === true) failedBy.add(server);
  if (leaving?.unfit === true) unfitBy.add(server);
  const captureAt = context.definition?.captureAt;
  const home = homeHandedOn(server, captureAt, ownHome(context), { heir, forGood: leaving?.forGood });
  const nextNumber = Math.max((last?.number ?? -1) + 1, (world.highestNumber() ?? -1) + 1, claimedNumber);
  return {
    server: null,
    session: null,
    since: isoTime(world.now()),
    why: leaving?.why ?? 'it was claimed by a write that was thought lost',
    ...(heir !== undefined && { heir }),
    ...(failedBy.size > 0 && { failedBy: [...failedBy] }),
    ...(unfitBy.size > 0 && { unfitBy: [...unfitBy] }),
    ...(leaving?.moved === true && { moved: true }),
    ...(home !== undefined && { home }),
    nextNumber,
    discontinuities: countOf(context),
  };
}

/** How many discontinuities the stream has had, as far as is known here. */
function countOf({ claimedCount, last, world }: StreamContext): number {
  return Math.max(claimedCount, last?.discontinuities ?? 0, world.discontinuities() ?? 0);
}

function isoTime(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

/** The home in our own record, also before the view shows that. */
function ownHome({ owner, session, server, definition, claimedHome }: StreamContext): string | undefined {
  return owner.session === session ? owner.home : homeAtClaim(server, definition?.captureAt, claimedHome);
}
