import { rm } from "node:fs/promises";
import { join } from "node:path";

const source = join(import.meta.dir, "../engine/faulty-disk.c");

/** A library under a server's feet that makes its disk fail on demand. */
export class FaultyDisk {
  /** What the server has to be started with. */
  readonly env: Record<string, string>;
  readonly #directory: string;

  private constructor(directory: string, library: string) {
    this.#directory = directory;
    this.env = { LD_PRELOAD: library, FAULTY_DISK: directory };
  }

  /** Needs gcc. */
  static async build(directory: string): Promise<FaultyDisk> {
    const library = join(directory, "faulty-disk.so");
    await Bun.$`gcc -shared -fPIC -O1 -o ${library} ${source} -ldl`.quiet();
    return new FaultyDisk(directory, library);
  }

  async begin(fault: "full" | "slow" | "stuck"): Promise<void> {
    await Bun.write(join(this.#directory, fault), "");
  }

  async end(fault: "full" | "slow" | "stuck"): Promise<void> {
    await rm(join(this.#directory, fault));
  }
}
