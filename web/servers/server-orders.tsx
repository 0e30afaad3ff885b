import { useSignal, useSignalEffect } from '@preact/signals';
import type { ServerStatus, WhatIfAnswer } from '../../src/domain/status.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { change } from '../login/change.tsx';
import { Plan } from './what-if.tsx';

/** What an operator may order of a server, each asked about with its consequences. */
export function ServerOrders({ server: { name, state } }: { server: ServerStatus }) {
  const path = `/api/v1/servers/${encodeURIComponent(name)}`;
  if (state === 'down') {
    const forget = () =>
      change({
        title: `Forget ${name}`,
        consequences: `It is taken off the list. What it has recorded stays on its disks; recordings of others that belong to it are adopted by the servers that have them. If it starts again, it is there again.`,
        path,
        method: 'DELETE',
      });
    return (
      <button type="button" onClick={forget}>
        Forget {name} …
      </button>
    );
  }
  if (state === 'up') {
    const drain = () =>
      change({
        title: `Drain ${name}`,
        consequences: <Drained server={name} />,
        path: `${path}/drain`,
      });
    return (
      <button type="button" onClick={drain}>
        Drain {name} …
      </button>
    );
  }
  const undrain = () =>
    change({
      title: `Undrain ${name}`,
      consequences: `It may have streams again: those that belong to it return, one after the other, each with about a second that is not recorded.`,
      path: `${path}/undrain`,
    });
  return (
    <button type="button" onClick={undrain}>
      Undrain {name} …
    </button>
  );
}

/** The streams leave in order, so each is dark for a moment only; where they would go is the same as if the server died. */
function Drained({ server }: { server: string }) {
  const said = useSignal<{ readonly plan: WhatIfAnswer } | { readonly problem: string } | undefined>(undefined);
  useSignalEffect(() => {
    void ask<WhatIfAnswer>(`/api/v1/what-if?without=${encodeURIComponent(server)}`).then(
      ({ answer }) => {
        said.value = { plan: answer };
      },
      (error: unknown) => {
        said.value = { problem: `It is not known where its streams would go: ${reasonOf(error)}` };
      },
    );
  });
  const answer = said.value;
  return (
    <>
      <p>
        It hands its streams to the others, one after the other, each with about a second that is not recorded, and
        takes none until it is undrained, also after a restart.
      </p>
      {answer !== undefined && 'problem' in answer && <p class="bad">{answer.problem}</p>}
      {answer !== undefined && 'plan' in answer && <Plan plan={answer.plan} what="drained" />}
    </>
  );
}
