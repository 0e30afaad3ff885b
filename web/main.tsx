import { render } from 'preact';
import { App } from './app.tsx';
import { follow } from './herd/herd-feed.ts';
import { followPlayToken } from './herd/play-token.ts';
import { readSlowFacts } from './herd/slow-facts.ts';
import { followLinks } from './navigation.ts';

const root = document.getElementById('app');
if (root !== null) {
  followLinks();
  render(<App />, root);
  follow();
  readSlowFacts();
  followPlayToken();
}
