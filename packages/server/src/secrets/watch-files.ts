import { unwatchFile, watchFile } from "node:fs";

/** How often each file is looked at. A look costs one `stat`. */
const LOOK_EVERY_MS = 1_000;
/** A certificate and its key are written one after the other: whoever reads in between has two that don't fit. */
const SETTLE_MS = 300;

/**
 * Watches files by looking at them again and again. The system's own notices miss what containers and networks do: Kubernetes
 * replaces a link above the file, and other file systems send none.
 *
 * @returns stops it
 */
export function watchFiles(paths: readonly string[], onChange: () => void): () => void {
  let settling: NodeJS.Timeout | undefined;
  function onStat(): void {
    clearTimeout(settling);
    settling = setTimeout(onChange, SETTLE_MS);
    settling.unref();
  }
  for (const path of paths) watchFile(path, { persistent: false, interval: LOOK_EVERY_MS }, onStat);
  return () => {
    clearTimeout(settling);
    for (const path of paths) unwatchFile(path, onStat);
  };
}
