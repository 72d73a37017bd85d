import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CrowdReport } from "../../../bench/deploy-load/crowd-report.ts";
import { type Color, Stack } from "../stack.ts";
import { RunningDeploy } from "./running-deploy.ts";
import { StackUsers } from "./stack-users.ts";

const secret = "a secret of the stack under test alone";

/** Quickly: one second's look at the new colour, and everybody at once. */
const quickly = ["--soak", "1", "--rate", "1000"];

const env = {
  JWT_SECRET: secret,
  // Who knows no handover is not to hold up a test.
  DRAIN_GRACE: "2000",
  DEPLOY_READY_SECONDS: "8",
  DEPLOY_SWITCH_SECONDS: "5",
  DEPLOY_SMOKE_SECONDS: "20",
  DEPLOY_LOAD_SECONDS: "1",
};

/** A stack that is deployed to, with images for it. Ends with its block. */
export class DeployStack implements AsyncDisposable {
  readonly stack: Stack;
  readonly #images: string[] = [];

  private constructor(stack: Stack) {
    this.stack = stack;
  }

  static async start(further: Record<string, string> = {}): Promise<DeployStack> {
    const overrides = ["scripts/load/compose.loadtest.yml"];
    const deploys = new DeployStack(await Stack.start({ overrides, env: { ...env, ...further } }));
    await deploys.#tag("holdline:blue", "good");
    return deploys;
  }

  /** The present version. */
  get good(): string {
    return this.#nameOf("good");
  }

  /** The present version, after `script` was loaded. */
  async broken(name: string, script: string): Promise<string> {
    const directory = join(this.stack.directory, `image-${name}`);
    await mkdir(directory);
    await writeFile(join(directory, "broken.js"), script);
    const dockerfile = `FROM ${this.good}\nCOPY broken.js /broken.js\nCMD ["bun", "--preload", "/broken.js", "main.js"]\n`;
    await writeFile(join(directory, "Dockerfile"), dockerfile);
    return this.build(name, directory);
  }

  async build(name: string, directory: string): Promise<string> {
    const image = this.#nameOf(name);
    await this.stack.run("docker", "build", "--quiet", "--tag", image, directory);
    this.#images.push(image);
    return image;
  }

  begin(color: Color, image: string, ...options: string[]): RunningDeploy {
    return new RunningDeploy(this.stack, color, "--image", image, ...quickly, ...options);
  }

  deploy(color: Color, image = this.good, ...options: string[]): ReturnType<RunningDeploy["ended"]> {
    return this.begin(color, image, ...options).ended();
  }

  users(): Promise<StackUsers> {
    return StackUsers.come(this.stack.url, secret);
  }

  /** What users notice meanwhile. */
  async noticed(during: () => Promise<void>): Promise<CrowdReport> {
    await using users = await this.users();
    await during();
    return await users.report();
  }

  /** The colour that new connections get. */
  async serving(): Promise<Color> {
    return (await this.stack.servedBy()) as Color;
  }

  async idle(): Promise<Color> {
    return (await this.serving()) === "blue" ? "green" : "blue";
  }

  async #tag(image: string, name: string): Promise<void> {
    await this.stack.run("docker", "tag", image, this.#nameOf(name));
    this.#images.push(this.#nameOf(name));
  }

  #nameOf(name: string): string {
    return `holdline:${this.stack.prefix}${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#images.length > 0) await this.stack.tryTo("docker", "rmi", "--force", ...this.#images);
    await this.stack[Symbol.asyncDispose]();
  }
}
