import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { playedPath } from '../herd/play-token.ts';

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
}

/**
 * The player of recordings (`embed.html?dvr`) in a frame. It is the one that other pages embed, and it may fetch media from any server,
 * which this page may not.
 */
export function usePlayer(): Player {
  const frame = useRef<HTMLIFrameElement>(null);
  const playing = useSignal<Playing | undefined>(undefined);
  useEffect(() => {
    const hear = ({ origin, source, data }: MessageEvent<Playing>) => {
      if (origin === location.origin && source === frame.current?.contentWindow) playing.value = data;
    };
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  }, []);
  const play = (what: Play) => frame.current?.contentWindow?.postMessage({ play: what }, location.origin);
  return { playing, frame, play };
}

export function PlayerFrame({ stream, player }: { stream: string; player: Player }) {
  const address = playedPath(stream, 'embed.html?dvr&controlled');
  return (
    <div class="player">
      <iframe ref={player.frame} src={address} title={`Picture of ${stream}`} allow="autoplay; fullscreen" />
      <p role="status" class="note">
        {player.playing.value?.said}
      </p>
    </div>
  );
}
