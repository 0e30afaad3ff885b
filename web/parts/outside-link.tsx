import type { ComponentChildren } from 'preact';

/** The address comes from a configuration: only what a browser opens safely becomes a link. */
export function OutsideLink({ to, children }: { to: string; children: ComponentChildren }) {
  if (!/^(?:https?:\/\/|\/(?!\/))/.test(to)) return <>{children}</>;
  return (
    <a href={to} rel="noopener" target="_blank">
      {children}
    </a>
  );
}
