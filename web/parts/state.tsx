import type { ComponentChildren } from 'preact';
import { moodOf } from '../words/mood.ts';

/** A state as a word; its colour and its sign say how much attention it wants. */
export function State({ of }: { of: string }) {
  return <span class={`state ${moodOf(of)}`}>{of}</span>;
}

export function Note({ children, isBad = false }: { children: ComponentChildren; isBad?: boolean }) {
  return <span class={isBad ? 'note bad' : 'note'}>{children}</span>;
}
