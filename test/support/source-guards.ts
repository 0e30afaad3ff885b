import { posix } from 'node:path';
import { MAY_IMPORT, MAY_IMPORT_WITHIN, OFF_SIMULATION, PACKAGE_ROOMS, PURE_ROOMS } from './import-edges.ts';

/** A tracked file: its path from the project's root with `/`, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** What is wrong with a file, a sentence each. Guards look at text only, so that `test/tidy.test.ts` can try each one out. */
export type Guard = (source: Source) => readonly string[];

/** What is wrong with files taken together. */
export type TreeGuard = (sources: readonly Source[]) => readonly string[];

const MAX_LINES = { src: 250, elsewhere: 300 };
const MAX_FILES = 12;
/** Files and folders that are still too large, with their sizes: they may shrink, and leave this list when they are small enough. */
const STILL_LARGER: Readonly<Record<string, number>> = {};
/** The guard against unnamed subjects, and its trials. */
const SPEAKS_OF_THE_WORDS = ['test/support/source-guards.ts', 'test/support/guard-trials.ts'];
/** One file a command. */
const AS_MANY_AS_THERE_ARE = ['src/cli/commands'];

/** Imports run in the directions of `import-edges.ts` and in no other. */
export const importDirections: Guard = ({ path, text }) => {
  const room = roomOf(path);
  if (room === undefined) return [];
  const allowed = MAY_IMPORT[room];
  if (allowed === undefined) return [`room "${room}" is not in test/support/import-edges.ts`];
  return importsOf(text).flatMap((specifier) => {
    if (!specifier.startsWith('.')) return [];
    const target = targetOf(path, specifier);
    const targetRoom = roomOf(target);
    if (targetRoom === room || (targetRoom !== undefined && allowed.includes(targetRoom))) return [];
    return [`${room} may not import ${targetRoom ?? target} (${specifier})`];
  });
};

/** Likewise between the folders of one room. */
export const directionsWithinRooms: Guard = ({ path, text }) => {
  const folder = folderOf(path);
  const allowed = MAY_IMPORT_WITHIN[folder];
  if (allowed === undefined || !path.startsWith('src/')) return [];
  return importsOf(text).flatMap((specifier) => {
    if (!specifier.startsWith('.')) return [];
    const target = targetOf(path, specifier);
    const targetFolder = folderOf(target);
    if (roomOf(target) !== roomOf(path) || targetFolder === folder || allowed.includes(targetFolder)) return [];
    return [`${folder} may not import ${targetFolder} (${specifier})`];
  });
};

/** The page runs in browsers: of the server it takes types, and the words of the pure core. */
export const pageStandsAlone: Guard = ({ path, text }) => {
  if (!path.startsWith('web/') || !isTypeScript(path)) return [];
  const imports = withoutComments(text).matchAll(/\bimport (type )?[^'";]*?\bfrom\s*['"]([^'"]+)['"]/g);
  return [...imports].flatMap(([, type, specifier = '']) => {
    const target = specifier.startsWith('.') ? targetOf(path, specifier) : '';
    const isFine = type !== undefined || !target.startsWith('src/') || target.startsWith('src/domain/');
    return isFine ? [] : [`web/ may import only types and src/domain (${specifier})`];
  });
};

/** Packages stay in their rooms, and the pure rooms have no way to the outside. */
export const packagesInTheirRooms: Guard = ({ path, text }) => {
  if (!isTypeScript(path)) return [];
  const places = [roomOf(path), path.split('/')[0], posix.dirname(path)];
  const pure = PURE_ROOMS[roomOf(path) ?? ''];
  return importsOf(text).flatMap((specifier) => {
    if (specifier.startsWith('.') || specifier === 'uvu/assert') return [];
    const name = specifier.split('/')[0] ?? specifier;
    const rooms = PACKAGE_ROOMS[name];
    if (rooms !== undefined && !rooms.some((room) => places.includes(room))) {
      return [`${specifier} may be imported only in ${rooms.join(', ')}`];
    }
    return pure !== undefined && !pure.includes(name) ? [`a pure room may not import ${specifier}`] : [];
  });
};

/** Time and randomness are arguments in the pure rooms. */
export const noHiddenInputs: Guard = ({ path, text }) => {
  if (PURE_ROOMS[roomOf(path) ?? ''] === undefined) return [];
  const calls = [
    /\bDate\.now\(/,
    /\bnew Date\(\)/,
    /\bperformance\.now\(/,
    /\bMath\.random\(/,
    /\bset(?:Timeout|Interval)\(/,
  ];
  return calls.flatMap((call) => {
    const found = call.exec(withoutComments(text))?.[0];
    return found === undefined ? [] : [`${found}…) in a pure room: make it an argument`];
  });
};

/** What a herd and its archives do follows from the clock and the randomness that they are given. */
export const noClockButTheGiven: Guard = ({ path, text }) => {
  const others = OFF_SIMULATION[roomOf(path) ?? ''];
  if (others === undefined || others.includes(path)) return [];
  const calls =
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\(|(?<![.\w#])set(?:Timeout|Interval|Immediate)\(/;
  const found = calls.exec(withoutComments(text))?.[0];
  return found === undefined ? [] : [`${found} in a room that the simulation runs: take the given clock`];
};

/** A file is a noun; a type lives with its owner. */
export const noCatchAllNames: Guard = ({ path }) => {
  if (!isSource(path)) return [];
  const isCatchAll = /(?:^|\/)(?:utils?|helpers?|common|types|index)(?:\/|\.[cm]?[jt]sx?$)/.test(path);
  return isCatchAll ? ['a name that says nothing (utils, helpers, common, types, index)'] : [];
};

/** What uvu forgives and this project does not: see `test/support/suite.ts` and `scripts/test.mjs`. */
export const uvuTraps: Guard = ({ path, text }) => {
  if (!path.endsWith('.test.ts')) return [];
  const code = withoutComments(text);
  const problems: string[] = [];
  const runs = code.match(/^\s*test\.run\(\);?$/gm)?.length ?? 0;
  if (runs !== 1) problems.push(`calls test.run() ${runs} times, not once`);
  if (!/test\.run\(\);?\s*$/.test(code)) problems.push('does not end with test.run()');
  if (/\btest\.(?:before|after)\b/.test(code)) problems.push('uses a hook: a hook that throws exits 0');
  if (/\btest\.only\b/.test(code)) problems.push('uses test.only');
  return problems;
};

/** Tests wait for what they expect, with `eventually`, and never for a time. */
export const noSleeps: Guard = ({ path, text }) => {
  if (!/^test\/(?!support\/|fixtures\/).*\.ts$/.test(path)) return [];
  const sleep = /new Promise(?:<[^>]*>)?\([^;]{0,200}?\bsetTimeout\(|['"]node:timers\/promises['"]|\bscheduler\.wait\(/;
  const code = withoutComments(text);
  const timed = /\beventually\([^;]{0,200}?=>\s*\(?(?:performance|Date)\.now\(\)/;
  return [
    ...(sleep.test(code) ? ['sleeps: use eventually()'] : []),
    ...(timed.test(code)
      ? ['waits for time to pass, which proves nothing: wait for an effect, or give it a clock']
      : []),
  ];
};

export const noAny: Guard = ({ path, text }) => {
  if (!isTypeScript(path)) return [];
  const found = /(?::|\bas|[<,|&])\s*any\b(?!['\w-])/.exec(withoutText(text));
  return found === null ? [] : ['uses the type any'];
};

export const shortEnough: Guard = ({ path, text }) => {
  if (!isSource(path) && !path.endsWith('.css')) return [];
  const most = STILL_LARGER[path] ?? (path.startsWith('src/') ? MAX_LINES.src : MAX_LINES.elsewhere);
  const lines = text.trimEnd().split('\n').length;
  return lines > most ? [`has ${lines} lines, at most ${most}`] : [];
};

/** No trace of the machine that the code was written on: neither its folders nor its package registry. */
export const noTraceOfAMachine: Guard = ({ path, text }) => {
  // Put together, so that this file does not find itself.
  const folders = new RegExp(`(?:^|[\\s"'\`(=:])/(?:${['work', 'root', 'home'].join('|')})/\\w`, 'm');
  const found = folders.exec(text)?.[0].trim();
  const problems = found === undefined ? [] : [`names a folder of some machine: ${found}`];
  if (path !== 'package-lock.json') return problems;
  const hosts = new Set([...text.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].flatMap(([, host]) => host ?? []));
  return [...problems, ...[...hosts].map((host) => `names a registry: ${host}`)];
};

/** Documents, comments, titles of tests and messages name the server, the session or the client that they speak of. */
export const namedSubjects: Guard = ({ path, text }) => {
  const isRead = /\.md$|^config\/|\.conf$|^(?:src|test|bench|scripts|web)\//.test(path);
  if (!isRead || SPEAKS_OF_THE_WORDS.includes(path) || path.startsWith('test/fixtures/releases/')) return [];
  const found = [
    ...text.matchAll(/\b(?:whoever|nobody|everybody|anybody|somebody)(?:\b|’)|(?:\/\/ |\* |['`])Who(?= \w+)/gi),
  ];
  return found.flatMap(({ 0: word, index }) => {
    const line = text.slice(0, index).split('\n').length;
    return `says "${word}" in line ${line}: name the server, the session or the client`;
  });
};

export const GUARDS: Readonly<Record<string, Guard>> = {
  importDirections,
  directionsWithinRooms,
  pageStandsAlone,
  packagesInTheirRooms,
  noHiddenInputs,
  noClockButTheGiven,
  noCatchAllNames,
  uvuTraps,
  noSleeps,
  noAny,
  shortEnough,
  noTraceOfAMachine,
  namedSubjects,
};

/** No file imports itself by way of others, not even types: it could not be understood without itself. */
export const noImportCircles: TreeGuard = (sources) => {
  const imports = new Map(
    sources.filter(({ path }) => isSource(path)).map((source) => [source.path, relativeImports(source)]),
  );
  const done = new Set<string>();
  const from = (path: string, way: readonly string[]): readonly string[] => {
    const since = way.indexOf(path);
    if (since >= 0) return [`a circle of imports: ${[...way.slice(since), path].join(' → ')}`];
    if (done.has(path)) return [];
    const circles = (imports.get(path) ?? []).flatMap((target) => from(target, [...way, path]));
    done.add(path);
    return circles;
  };
  return [...imports.keys()].flatMap((path) => from(path, []));
};

/** All tests may use `test/support`; so `test/support` uses no other folder of tests. */
export const supportStandsAlone: TreeGuard = (sources) => {
  const paths = new Set(sources.map(({ path }) => path));
  return sources
    .filter(({ path }) => path.startsWith('test/support/') && isSource(path))
    .flatMap((source) =>
      relativeImports(source)
        .filter((target) => paths.has(target) && target.startsWith('test/') && !target.startsWith('test/support/'))
        .map((target) => `${source.path} may not import ${target}`),
    );
};

/** The files of a folder can be seen at one glance. */
export const fewFilesInAFolder: TreeGuard = (sources) => {
  const counts = new Map<string, number>();
  for (const { path } of sources) {
    const folder = posix.dirname(path);
    if (path.startsWith('src/')) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].flatMap(([folder, count]) => {
    const most = STILL_LARGER[folder] ?? MAX_FILES;
    return count > most && !AS_MANY_AS_THERE_ARE.includes(folder)
      ? [`${folder} has ${count} files, at most ${most}`]
      : [];
  });
};

/** Files and folders that have become small enough must leave the list `larger`, so that they stay small. */
export function noOldExceptions(larger: Readonly<Record<string, number>> = STILL_LARGER): TreeGuard {
  return (sources) =>
    Object.keys(larger).flatMap((name) => {
      const lines =
        sources
          .find(({ path }) => path === name)
          ?.text.trimEnd()
          .split('\n').length ?? 0;
      const files = sources.filter(({ path }) => posix.dirname(path) === name).length;
      return lines > MAX_LINES.src || files > MAX_FILES ? [] : [`${name} need not be in STILL_LARGER any more`];
    });
}

export const TREE_GUARDS: Readonly<Record<string, TreeGuard>> = {
  noImportCircles,
  supportStandsAlone,
  fewFilesInAFolder,
  noOldExceptions: noOldExceptions(),
};

function relativeImports({ path, text }: Source): readonly string[] {
  return importsOf(text).flatMap((specifier) => (specifier.startsWith('.') ? [targetOf(path, specifier)] : []));
}

function targetOf(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier));
}

/** `http/api` of `src/http/api/app.ts`. */
function folderOf(path: string): string {
  return posix.dirname(path).slice('src/'.length);
}

function importsOf(text: string): readonly string[] {
  const code = withoutComments(text);
  const statements = /\b(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(statements)].flatMap(([, from, bare]) => from ?? bare ?? []);
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+?)(?:\/|\.ts$)/.exec(path)?.[1];
}

function isSource(path: string): boolean {
  return /^(?:src|test|bench|scripts|web)\/.*\.[cm]?[jt]sx?$/.test(path);
}

function isTypeScript(path: string): boolean {
  return isSource(path) && /\.tsx?$/.test(path);
}

/** Good enough for guards: a `//` after a colon is taken for a URL. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

function withoutText(text: string): string {
  return withoutComments(text).replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''");
}
