/** The manual page `streamherd(1)` and the completion for bash, from the commands of the command line themselves. */

/** @param {readonly import('../../src/cli/command.ts').Command[]} commands */
export function manualPage(commands, version) {
  return [
    `.TH STREAMHERD 1 "" "streamherd ${version}"`,
    '.SH NAME',
    'streamherd \\- cluster ingest: each stream captured by exactly one server of a group',
    '.SH SYNOPSIS',
    '.B streamherd',
    '.I COMMAND',
    '.RI [ options ]',
    '.SH COMMANDS',
    ...commands.flatMap(section),
    '.SH EXIT STATUS',
    '0 done, 1 failed, 2 misused.',
    '.SH FILES',
    '.I /etc/streamherd/streamherd.conf',
    '.SH SEE ALSO',
    '.I /usr/share/doc/streamherd/',
    '',
  ].join('\n');
}

function section({ name, positionals, options, summary, details = [], example }) {
  const words = positionals.map((word) => {
    const text = word.many ? `${word.name}...` : word.name;
    return word.optional ? `[${text}]` : text;
  });
  const flags = Object.entries(options).flatMap(([long, { short, value, summary: what }]) => [
    '.TP',
    `.B ${escaped(`${short === undefined ? '' : `-${short}, `}--${long}${value === undefined ? '' : ` ${value}`}`)}`,
    line(what),
  ]);
  return [
    `.SS ${escaped(['streamherd', name, ...words].join(' '))}`,
    line(`${summary}.`),
    ...details.map(line),
    ...flags,
    '.PP',
    `Example: \\fBstreamherd ${escaped(example)}\\fR`,
  ];
}

function escaped(text) {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...');
}

/** A line that begins with a point or an apostrophe would be an instruction. */
function line(text) {
  return escaped(text).replace(/^(?=[.'])/, '\\&');
}

/** Completes commands, their second words and options; other words are names of files. */
export function bashCompletion(commands) {
  const firsts = [...new Set(commands.map(({ name }) => name.split(' ')[0]))];
  const cases = firsts.map((first) => {
    const group = commands.filter(({ name }) => name.split(' ')[0] === first);
    const seconds = group.flatMap(({ name }) => name.split(' ').slice(1));
    const options = new Set(group.flatMap((command) => Object.keys(command.options)));
    const words = [...seconds, ...[...options].map((name) => `--${name}`), '--help'];
    return `    ${first}) words='${words.join(' ')}' ;;`;
  });
  return [
    '# bash completion of streamherd',
    '_streamherd() {',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash has the same braces
    '  local current=${COMP_WORDS[COMP_CWORD]} words',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash has the same braces
    '  case ${COMP_WORDS[1]} in',
    ...cases,
    '  esac',
    `  [ "$COMP_CWORD" -gt 1 ] || words='${firsts.join(' ')} --help --version'`,
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _streamherd streamherd',
    '',
  ].join('\n');
}
