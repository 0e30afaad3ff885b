import type { Holding, SegmentBlock, TimeQuestion } from '../../archive/archive-calls.ts';
import type { ArchiveClient } from '../../archive/archive-client.ts';
import type { KeptTime } from '../../archive/retention/kept-times.ts';

/** The recordings of one server, this one or another. Each call rejects if there is no answer. */
export interface ArchiveSource {
  readonly server: string;
  holdings(question: TimeQuestion): Promise<ToldHoldings>;
  /** Each segment is in one block only. */
  segments(question: TimeQuestion): Promise<readonly SegmentBlock[]>;
  /** Of which streams it has recordings. */
  streams(): Promise<readonly string[]>;
}

export interface ToldHoldings {
  readonly holdings: readonly Holding[];
  readonly kept: readonly KeptTime[];
}

/** The archive of this server, by its worker. */
export class OwnArchive implements ArchiveSource {
  readonly server: string;
  readonly #client: Pick<ArchiveClient, 'ask'>;

  constructor(server: string, client: Pick<ArchiveClient, 'ask'>) {
    this.server = server;
    this.#client = client;
  }

  async holdings(question: TimeQuestion): Promise<ToldHoldings> {
    const [holdings, kept] = await Promise.all([
      this.#client.ask('holdings', question),
      this.#client.ask('kept', { stream: question.stream }),
    ]);
    return { holdings, kept };
  }

  segments(question: TimeQuestion): Promise<readonly SegmentBlock[]> {
    return this.#client.ask('segments', question);
  }

  streams(): Promise<readonly string[]> {
    return this.#client.ask('streams', {});
  }
}
