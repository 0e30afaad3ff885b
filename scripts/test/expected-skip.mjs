/** What `findNamespaces`, `HangingDisk` and `whyNoRoots` of `test/support` say where the kernel refuses. */
const REFUSED_BY_KERNEL =
  /: no (network and mount namespaces here|file system can be mounted here|root file system of its own can be mounted here): /;

/** Whether a test may be skipped for that reason where everything that can be installed is there. `line`: `skipped: FILE: TITLE: WHY`. */
export function isExpectedSkip(line) {
  return REFUSED_BY_KERNEL.test(line);
}
