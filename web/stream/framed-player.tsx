import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { playedPath, playToken } from '../herd/play-token.ts';

/** What the player in the frame says of itself. */
export interface Playing {
  /** Unix seconds of the picture. */
  readonly at: number;
  readonly mode: 'live' | 'past' | '';
  readonly isPaused: boolean;
  /** Why there is no picture, or not the one that was asked for. */
  readonly said: string;
}

/** What it is to play: a time in Unix seconds, the live picture; `other`: go on, or pause. */
export type Play = number | 'live' | 'other';

export interface Player {
  readonly playing: Signal<Playing | undefined>;
  readonly frame: { current: HTMLIFrameElement | null };
  play(what: Play): void;
  /** The frame has loaded its page, which knows nothing of what was asked before. */
  readonly loaded: () => void;
}

/**
 * The player of recordings (`embed.html?dvr`) in a frame. It is the one that other pages embed, and it may fetch media from any server,
 * which this page may not. `first`: the time that it is to play; without one it plays live.
 */
export function usePlayer(first: number | undefined): Player {
  const frame = useRef<HTMLIFrameElement>(null);
  const playing = useSignal<Playing | undefined>(undefined);
  const asked = useRef<number | 'live' | undefined>(first);
  const tell = (order: { readonly play: Play } | { readonly token: string | null }) =>
    frame.current?.contentWindow?.postMessage(order, location.origin);
  useEffect(() => {
    const hear = ({ origin, source, data }: MessageEvent<Playing>) => {
      if (origin === location.origin && source === frame.current?.contentWindow) playing.value = data;
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  useSignalEffect(() => {
    tell({ token: playToken.value });
  });
  const play = (what: Play) => {
    if (what !== 'other') asked.current = what;
    tell({ play: what });
  };
  const loaded = () => asked.current !== undefined && tell({ play: asked.current });
  return { playing, frame, play, loaded };
}

export function PlayerFrame({ stream, player }: { stream: string; player: Player }) {
  const token = useRef(playToken.value);
  // By another address the frame would load again, in the middle of a picture: later tokens are told to it.
  token.current ??= playToken.value;
  const address = playedPath(stream, 'embed.html?dvr&controlled', token.current);
  return (
    <div class="player">
      <iframe
        ref={player.frame}
        src={address}
        title={`Picture of ${stream}`}
        allow="autoplay; fullscreen"
        onLoad={player.loaded}
      />
      <p role="status" class="note">
        {player.playing.value?.said}
      </p>
    </div>
  );
}
