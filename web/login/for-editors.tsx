import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { NotAllowed } from './change.tsx';
import { mayChange, session } from './session.ts';

/** What only users that may change things can begin. When a login has ended, it is hidden until the next one, and nothing of it is lost. */
export function ForEditors({ children }: { children: ComponentChildren }) {
  const begunBy = useRef<string | undefined>(undefined);
  const isAllowed = mayChange();
  if (isAllowed) begunBy.current = session.value?.user;
  return (
    <>
      {!isAllowed && <NotAllowed />}
      {begunBy.current !== undefined && (
        <div key={begunBy.current} hidden={!isAllowed}>
          {children}
        </div>
      )}
    </>
  );
}
