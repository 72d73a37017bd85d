import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeployStack } from "./deploy-stack.ts";

const repository = join(import.meta.dir, "../../../..");

/** An image of the commit before; of this one, where the checkout came without its history. */
export function buildPrevious(deploys: DeployStack): Promise<string> {
  const asked = ["git", "rev-parse", "--verify", "--quiet", "HEAD~1"];
  const { exitCode } = Bun.spawnSync(asked, { cwd: repository });
  return buildCommit(deploys, "previous", exitCode === 0 ? "HEAD~1" : "HEAD");
}

/** An image of a version to come: its log entries and bus messages hold something that nobody knows yet. */
export const buildNewer = (deploys: DeployStack): Promise<string> =>
  buildCommit(deploys, "newer", "HEAD", async (directory) => {
    const file = Bun.file(join(directory, "app/src/engine/envelope.ts"));
    const changed = (await file.text())
      .replace("const version = 1;", "const version = 2;")
      .replaceAll("v: version,", "v: version, novelty: [{}],")
      .replace("JSON.stringify({ v, instance,", "JSON.stringify({ v, novelty: [{}], instance,");
    if (!changed.includes("version = 2") || changed.split("novelty").length !== 4)
      throw new Error("envelope.ts does not look as it did");
    await file.write(changed);
  });

async function buildCommit(
  deploys: DeployStack,
  name: string,
  commit: string,
  change: (directory: string) => Promise<void> = async () => {},
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `holdline-${name}-`));
  try {
    await Bun.$`git archive ${commit} | tar --extract -C ${directory}`.cwd(repository).quiet();
    await change(directory);
    return await deploys.build(name, directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
