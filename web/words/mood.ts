/** How much a state wants attention: it decides the colour, and the word stands beside it. */
export type Mood = 'good' | 'wait' | 'bad' | 'off';

const MOODS: Readonly<Record<string, Mood>> = {
  up: 'good',
  live: 'good',
  running: 'good',
  draining: 'wait',
  connecting: 'wait',
  claiming: 'wait',
  'handing-back': 'wait',
  stopping: 'wait',
  waiting: 'wait',
  stuck: 'bad',
  'backing-off': 'bad',
  stalled: 'bad',
  down: 'bad',
  idle: 'bad',
};

/** Of a stream, a server or a return. A state of another version is of no mood. */
export function moodOf(state: string): Mood {
  return MOODS[state] ?? 'off';
}
