/** Starts a herd of three servers with test cameras on this machine; resolves to the exit code of the process. */
export async function runDemo(_argv: readonly string[]): Promise<number> {
  console.error('the demo is not part of this build yet');
  return 1;
}
