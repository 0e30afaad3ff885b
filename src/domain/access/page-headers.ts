/** Says that the dashboard asks, by a script, and not a person who can be shown the browser's own question for a password. */
export const PAGE_HEADER = 'streamherd-page';

/** In it the page says the token of its session, with each change. */
export const TOKEN_HEADER = 'streamherd-token';
