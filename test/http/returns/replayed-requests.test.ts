import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import * as assert from 'uvu/assert';
import type { Debt, DebtList } from '../../../src/archive/debts/debt.ts';
import type { Receipt } from '../../../src/archive/debts/receipt.ts';
import type { ReturnPeers } from '../../../src/archive/debts/return-peers.ts';
import { makeRoot } from '../../support/archive/recordings.ts';
import { GRACE_MS, homeOf, type ReturnHolder, startHolder } from '../../support/archive/return-server.ts';
import { eventually } from '../../support/eventually.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/returns/replayed-requests');

const NEVER = new AbortController().signal;
const FEW_BYTES = { fromByte: 0, untilByte: 10 };

/** What a home says to the holder while `say` runs, byte for byte as it goes over the network. */
async function overheard(holder: ReturnHolder, say: (home: ReturnPeers) => Promise<unknown>): Promise<Buffer> {
  const said: Buffer[] = [];
  const relay = createServer((near) => {
    const far = connect(holder.media.host.port, '127.0.0.1');
    near.on('data', (piece) => said.push(piece));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.pipe(other);
    }
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  // The address of a listener on a port.
  const { port } = relay.address() as AddressInfo;
  {
    using home = homeOf(`http://127.0.0.1:${port}`);
    await say(home);
  }
  await once(relay.close(), 'close');
  return Buffer.concat(said);
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function replayed(bytes: Buffer, { media }: ReturnHolder): Promise<Answer> {
  const socket = connect(media.host.port, '127.0.0.1');
  let heard = '';
  try {
    socket.setEncoding('latin1').on('data', (piece: string) => {
      heard += piece;
    });
    socket.write(bytes);
    const length = () => Number(/\r\ncontent-length: (\d+)/i.exec(heard)?.[1] ?? Number.POSITIVE_INFINITY);
    const isWhole = () => heard.length - heard.indexOf('\r\n\r\n') - 4 >= length();
    await eventually('it is answered', isWhole, { everyMs: 2 });
  } finally {
    socket.destroy();
  }
  const status = Number(heard.slice(9, 12));
  return { status, body: heard.slice(heard.indexOf('\r\n\r\n') + 4) };
}

async function debtsOf(holder: ReturnHolder): Promise<DebtList> {
  using home = homeOf(holder.media.url, { session: holder.session });
  const list = await home.debts('s01', undefined, NEVER);
  return list;
}

async function onlyDebt(holder: ReturnHolder): Promise<Debt> {
  const [debt, ...others] = (await debtsOf(holder)).debts;
  if (debt === undefined || others.length > 0) throw new Error('expected one debt');
  return debt;
}

function receiptFor({ stream, epoch, firstNumber, startMs, question, sha256 }: Debt): Receipt {
  return { stream, epoch, firstNumber, startMs, question, sha256, home: 's02', session: 'n2' };
}

async function mediaOf({ folder }: ReturnHolder): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
}

/** A request of each kind, in the order in which a home makes them, for the only debt. */
async function allOverheard(holder: ReturnHolder): Promise<Readonly<Record<string, Buffer>>> {
  const debt = await onlyDebt(holder);
  const bytes = async (home: ReturnPeers) => {
    for await (const _ of home.media('s01', debt, FEW_BYTES, NEVER));
  };
  return {
    debts: await overheard(holder, (home) => home.debts('s01', undefined, NEVER)),
    index: await overheard(holder, (home) => home.index('s01', debt, NEVER)),
    media: await overheard(holder, bytes),
    receipt: await overheard(holder, (home) => home.receipt('s01', receiptFor(debt), NEVER)),
  };
}

test('what a home has said to one server is refused by another one, and by that server after it was started again', async () => {
  await using folder = await tempFolder();
  let requests: Readonly<Record<string, Buffer>> = {};
  {
    await using holder = await startHolder({ packs: 1, folder: folder.path });
    requests = await allOverheard(holder);
  }
  await using again = await startHolder({ packs: 0, folder: folder.path, session: 'n3' });
  await using other = await startHolder({ packs: 1, session: 'n4' });
  for (const holder of [again, other]) {
    for (const [what, request] of Object.entries(requests)) {
      const { status, body } = await replayed(request, holder);
      assert.is(status, 403, `${what}: ${body}`);
    }
    assert.equal(holder.asked, [], 'the archive was not asked');
    assert.is((await onlyDebt(holder)).state, 'owed');
    assert.is((await mediaOf(holder)).length, 1);
  }
});

test('what a home has said counts once: said again it changes nothing, in each state of a debt up to its end', async () => {
  // A folder that is no root has nothing erased.
  const write = (_: object, folder: string) => makeRoot(folder, 's01');
  const clock = new HeapClock();
  await using holder = await startHolder({ packs: 1, clock: clock.asClock(Date.now()), write });
  const first = await allOverheard(holder);
  assert.is((await debtsOf(holder)).resting.packs, 1, 'the receipt that was overheard has counted');
  const sayAgain = async (requests: Readonly<Record<string, Buffer>>) => {
    for (const request of Object.values(requests)) await replayed(request, holder);
  };
  await sayAgain(first);
  clock.advance(GRACE_MS);
  await eventually('its home is asked again', async () => (await debtsOf(holder)).debts.length === 1, { everyMs: 10 });
  const asked = await onlyDebt(holder);
  assert.is(asked.state, 'asking');
  await sayAgain(first);
  assert.equal(await onlyDebt(holder), asked, 'the same question is open');
  assert.is((await mediaOf(holder)).length, 1, 'nothing was erased');
  const { status, body } = await replayed(first.receipt ?? Buffer.alloc(0), holder);
  assert.equal([status, JSON.parse(body).ok], [200, false], body);

  const second = await allOverheard(holder);
  await eventually('it is erased', async () => (await mediaOf(holder)).length === 0, { everyMs: 10 });
  await sayAgain({ ...first, ...second });
  const { debts, resting } = await debtsOf(holder);
  assert.equal([debts.length, resting.packs], [0, 0]);
});

test.run();
