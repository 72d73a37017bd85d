import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export type ScriptResult = { exitCode: number; output: string; lastLine: string };

const repository = join(import.meta.dir, "../../..");
const systemCommands =
  "bash cat chmod cp dirname env find grep head id ln ls mkdir mktemp mv rm sed sleep sort stat sync timeout tr true false".split(
    " ",
  );

/**
 * The scripts in a checkout of their own, with a space in its path and a made-up app. PATH holds the system's
 * basic commands and `bin/` only: no npm, no apt-get, no shellcheck, and no Bun unless `linkBun` puts it there.
 */
export class MadeUpCheckout {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(packageScripts: Record<string, string> = {}): Promise<MadeUpCheckout> {
    const checkout = new MadeUpCheckout(await mkdtemp(join(tmpdir(), "holdline checkout-")));
    await cp(join(repository, "scripts"), join(checkout.root, "scripts"), { recursive: true });
    await checkout.write(
      "app/package.json",
      JSON.stringify({ packageManager: `bun@${Bun.version}`, scripts: packageScripts }, null, 2),
    );
    await mkdir(join(checkout.root, "bin"));
    for (const command of systemCommands) {
      await symlink(Bun.which(command) ?? command, join(checkout.root, "bin", command));
    }
    return checkout;
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  /** An executable of ours in the place of a command, such as an older Bun. */
  async writeCommand(path: string, script: string): Promise<void> {
    await this.write(path, `#!/usr/bin/env bash\n${script}\n`);
    await chmod(join(this.root, path), 0o755);
  }

  async linkBun(path: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await symlink(process.execPath, join(this.root, path));
  }

  async run(
    script: string,
    args: string[] = [],
    environment: Record<string, string> = {},
  ): Promise<ScriptResult> {
    const child = Bun.spawn([join(this.root, script), ...args], {
      cwd: "/",
      env: { PATH: join(this.root, "bin"), HOME: this.root, ...environment },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: 30_000,
    });
    const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    const lastLine = stdout.trimEnd().split("\n").at(-1) ?? "";
    return { exitCode: await child.exited, output: stdout + stderr, lastLine };
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}

const textOf = (stream: ReadableStream) => new Response(stream).text();
