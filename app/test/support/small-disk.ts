import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FaultyDisk } from "./faulty-disk.ts";

/** A disk of a server's own that can be filled up and freed again. */
export interface SmallDisk extends AsyncDisposable {
  /** What the server has to be started with. */
  readonly env: Record<string, string>;
  fill(): Promise<void>;
  free(): Promise<void>;
}

const megabytes = 8;
/** A real one where this process may mount, else a made-up one where there is gcc. */
export const canMakeSmallDisk = (): boolean => mayMount() || Bun.which("gcc") !== null;

export const makeSmallDisk = (directory: string): Promise<SmallDisk> =>
  mayMount() ? mountSmallDisk(directory) : fakeSmallDisk(directory);

function mayMount(): boolean {
  const isRootOnLinux = process.platform === "linux" && process.getuid?.() === 0;
  return isRootOnLinux && Bun.spawnSync(["unshare", "--mount", "true"]).exitCode === 0;
}

async function mountSmallDisk(directory: string): Promise<SmallDisk> {
  const disk = join(directory, "disk");
  const filler = join(disk, "filler");
  await mkdir(disk);
  await Bun.$`mount -t tmpfs -o size=${megabytes}m holdline-test ${disk}`.quiet();
  return {
    env: { DATABASE_PATH: join(disk, "holdline.db") },
    fill: () => writeFile(filler, Buffer.alloc(megabytes * 1024 * 1024)).catch(expectFull),
    free: () => rm(filler),
    async [Symbol.asyncDispose]() {
      await Bun.$`umount --lazy ${disk}`.quiet();
    },
  };
}

function expectFull(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOSPC") throw error;
}

async function fakeSmallDisk(directory: string): Promise<SmallDisk> {
  const disk = await FaultyDisk.build(directory);
  return {
    env: disk.env,
    fill: () => disk.begin("full"),
    free: () => disk.end("full"),
    async [Symbol.asyncDispose]() {},
  };
}
