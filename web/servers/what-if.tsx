import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { ServerStatus, WhatIfAnswer } from '../../src/domain/status.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { herd } from '../herd/herd-feed.ts';
import { barsOf, type PlannedFor, planText } from './plan-picture.ts';

export interface Asked {
  /** As it was when it was asked. */
  readonly server: ServerStatus;
}

type Said = { readonly plan: WhatIfAnswer } | { readonly problem: string };

/** Where the streams of a server would go. An answer goes when its question is settled: the server did die, or is another one now. */
export function WhatIf({ asked }: { asked: Signal<Asked | undefined> }) {
  const said = useSignal<Said | undefined>(undefined);
  useSignalEffect(() => {
    const question = asked.value;
    said.value = undefined;
    if (question === undefined) return;
    const { name } = question.server;
    void ask<WhatIfAnswer>(`/api/v1/what-if?without=${encodeURIComponent(name)}`)
      .then(
        ({ answer }): Said => ({ plan: answer }),
        (error: unknown) => ({ problem: `It is not known what would happen if ${name} died: ${reasonOf(error)}` }),
      )
      .then((answer) => {
        if (asked.peek() === question) said.value = answer;
      });
  });
  useSignalEffect(() => {
    const server = asked.value?.server;
    const now = herd.value.servers.find(({ name }) => name === server?.name);
    if (server !== undefined && (now?.state !== server.state || now.session !== server.session))
      asked.value = undefined;
  });
  const answer = said.value;
  return (
    <div role="status">
      {answer !== undefined && 'problem' in answer && <p class="bad">{answer.problem}</p>}
      {answer !== undefined && 'plan' in answer && <Plan plan={answer.plan} />}
    </div>
  );
}

export function Plan({ plan, what = 'died' }: { plan: WhatIfAnswer; what?: PlannedFor }) {
  const { moves, nowhere } = plan;
  return (
    <section class="plan">
      <p>{planText(plan, what)}</p>
      <ul class="plain">
        {barsOf(plan).map(({ server, before, after, beforeShare, afterShare }) => (
          <li key={server} class="bars">
            <span>{server}</span>
            <span class="bar before" style={{ width: `${100 * beforeShare}%` }} />
            <span class="bar after" style={{ width: `${100 * afterShare}%` }} />
            <span>
              {before} → {after}
            </span>
          </li>
        ))}
      </ul>
      {moves.length + nowhere.length > 0 && (
        <details>
          <summary>Why each goes where it goes</summary>
          <ul>
            {moves.map(({ stream, from, to, why }) => (
              <li key={stream}>
                {stream}, {from} → {to}: {why}
              </li>
            ))}
            {nowhere.map(({ stream, why }) => (
              <li key={stream} class="bad">
                {stream} → nowhere: {why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
