/** Files that the process needs beside its sockets: database, logs, pipes. */
const reservedFiles = 200;

/**
 * How many connections the process can really hold: `wanted`, or less where it may not open enough files.
 * 0 (no limit) becomes what the files allow.
 */
export function affordableConnections(wanted: number, filesMax: number): number {
  const affordable = Math.max(1, filesMax - reservedFiles);
  return wanted === 0 ? affordable : Math.min(wanted, affordable);
}

/** How many files this process may open; Infinity where that is unlimited or cannot be found out. */
export function openFilesMax(): number {
  const { stdout } = Bun.spawnSync(["sh", "-c", "ulimit -n"]);
  const max = Number.parseInt(stdout.toString(), 10);
  return Number.isInteger(max) ? max : Number.POSITIVE_INFINITY;
}
