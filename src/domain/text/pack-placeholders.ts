/** What `{media}` and the like in the command of `on_pack` stand for; see `packCommand`. The configuration warns of others. */
export const PACK_PLACEHOLDERS = ['media', 'index', 'stream', 'name', 'from', 'until', 'sha256'] as const;

/** `{word}` in a text, without the braces. */
export const PLACEHOLDER = /\{(\w+)\}/g;
