import { useSignal } from '@preact/signals';
import { inPath } from '../address.ts';
import { ask, reasonOf } from '../herd/ask.ts';
import { change } from '../login/change.tsx';
import { go } from '../navigation.ts';
import { Note } from '../parts/state.tsx';

/** A stream that is changed after the question is not removed. */
export function RemoveStream({ name }: { name: string }) {
  const problem = useSignal('');
  const remove = () => {
    const path = `/api/v1/streams/${inPath(name)}`;
    void ask<{ revision: number }>(path).then(
      ({ answer: { revision } }) => {
        problem.value = '';
        change({
          title: `Remove ${name}`,
          consequences: `Its capture ends, and viewers get nothing. What is recorded stays on its servers, and can be played and exported by its name; it is removed when it is as old as its definition allowed. A stream that a configuration file defines comes back at the next start or SIGHUP of its server.`,
          path: `${path}?revision=${revision}`,
          method: 'DELETE',
          onDone: () => go('wall'),
        });
      },
      (error: unknown) => {
        problem.value = reasonOf(error);
      },
    );
  };
  return (
    <>
      <button type="button" onClick={remove}>
        Remove {name} …
      </button>
      <Note isBad>{problem}</Note>
    </>
  );
}
