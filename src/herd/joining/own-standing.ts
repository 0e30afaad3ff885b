/** The standing of this server, as its herd was told. */
export class OwnStanding {
  /** The present session, or the last one: what happens at its end is told in its name. '' before the first. */
  session = '';
  /** At which it was on the roster: what its claims carry. */
  rosterRevision = 0;
  holds = false;

  gained(session: string, rosterRevision: number): void {
    this.session = session;
    this.rosterRevision = rosterRevision;
    this.holds = true;
  }

  lost(): void {
    this.holds = false;
  }
}
