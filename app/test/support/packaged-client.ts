import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const appDirectory = join(import.meta.dir, "../..");

export const hasNode = Bun.which("node") !== null && Bun.which("npm") !== null;

/** A directory of somebody who uses the SDK as npm installs it. Goes with its block. */
export class PackagedClient implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** The build is in `dist`; without npm nothing is installed. */
  static async install(): Promise<PackagedClient> {
    const directory = await mkdtemp(join(tmpdir(), "holdline-package-"));
    await Bun.$`bun build.ts ${directory}/dist`.cwd(appDirectory).quiet();
    await Bun.write(join(directory, "package.json"), JSON.stringify({ type: "module", private: true }));
    if (hasNode) {
      // As it would be published: only what `npm pack` takes.
      const packages = `./holdline-client-*.tgz ${appDirectory}/node_modules/ws`;
      await Bun.$`npm pack --silent ./dist/client`.cwd(directory).quiet();
      await Bun.$`npm install --offline --no-audit --no-fund ${{ raw: packages }}`.cwd(directory).quiet();
    }
    return new PackagedClient(directory);
  }

  write(name: string, text: string): Promise<number> {
    return Bun.write(join(this.directory, name), text);
  }

  /** What `tsc` says of files, with these options. */
  async check(files: readonly string[], ...options: string[]): Promise<string> {
    const tsc = join(appDirectory, "node_modules/.bin/tsc");
    const child = Bun.spawn([tsc, "--noEmit", "--strict", "--target", "es2022", ...options, ...files], {
      cwd: this.directory,
      stdout: "pipe",
    });
    return await new Response(child.stdout).text();
  }

  /** A program of the directory, run by Node. */
  node(...args: string[]) {
    return Bun.spawn(["node", ...args], { cwd: this.directory, stdout: "pipe", stderr: "pipe" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
