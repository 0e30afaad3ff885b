import { isoTime } from '../../domain/text/iso-time.ts';
import { type PACK_PLACEHOLDERS, PLACEHOLDER } from '../../domain/text/pack-placeholders.ts';
import { packPath } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace } from '../pack/pack-reading.ts';
import type { ClosedPack } from './pack-journal.ts';

/** A program and its arguments as they are: no shell reads them. */
export interface PackCommand {
  readonly words: readonly string[];
  /** Beside the server's own environment. */
  readonly env: Readonly<Record<string, string>>;
}

export type PackCommandEnd = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Runs a command. Never rejects. */
export type RunPackCommand = (command: PackCommand) => Promise<PackCommandEnd>;

/**
 * The command of `on_pack` for one pack. `{media}` and the other place-holders are replaced within each word. The same values are in the
 * environment, as `STREAMHERD_MEDIA`, so that a script need not quote them.
 *
 * @param words as they are written in the configuration
 */
export function packCommand(words: readonly string[], place: PackPlace, pack: ClosedPack, sha256: string): PackCommand {
  const folder = place.folder.slice(place.folder.lastIndexOf('/') + 1);
  const facts: Readonly<Record<(typeof PACK_PLACEHOLDERS)[number], string>> = {
    media: mediaPath(place, pack),
    index: indexPath(place, pack),
    stream: place.stream,
    name: `${folder}/${packPath(pack)}`,
    from: isoTime(pack.startMs),
    until: isoTime(pack.endMs),
    sha256,
  };
  const values = new Map(Object.entries(facts));
  return {
    words: words.map((word) => word.replaceAll(PLACEHOLDER, (written, name) => values.get(name) ?? written)),
    env: Object.fromEntries([...values].map(([name, value]) => [`STREAMHERD_${name.toUpperCase()}`, value])),
  };
}
