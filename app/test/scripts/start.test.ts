import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { MadeUpCheckout } from "../support/made-up-checkout.ts";

const olderBun = `[ "$1" = --version ] && echo 1.0.0 && exit; exit 1`;
const describesItself = `console.log("served", Bun.version, process.env.PORT, process.cwd());`;

let checkout: MadeUpCheckout;

beforeEach(async () => {
  checkout = await MadeUpCheckout.create();
  await checkout.write("app/src/main.ts", describesItself);
});
afterEach(() => checkout.remove());

const start = (args: string[] = []) => checkout.run("scripts/start.sh", args, { PORT: "4567" });
const served = () => `served ${Bun.version} 4567 ${checkout.root}/app`;

describe("scripts/start.sh", () => {
  test("runs the server with the pinned Bun of PATH and tells the URL and how to stop", async () => {
    await checkout.linkBun("bin/bun");
    const { exitCode, output } = await start();
    expect(output).toContain("http://localhost:4567 (stop with Ctrl-C)");
    expect(output).toContain(served());
    expect(exitCode).toBe(0);
  });

  test("prefers the pinned Bun of the checkout to an older one on PATH", async () => {
    await checkout.writeCommand("bin/bun", olderBun);
    await checkout.linkBun(".tools/node_modules/bun/bin/bun.exe");
    expect((await start()).output).toContain(served());
  });

  test("finds the platform's binary where npm ran no install script", async () => {
    await checkout.writeCommand(".tools/node_modules/bun/bin/bun.exe", "exit 1");
    await checkout.linkBun(".tools/node_modules/@oven/bun-linux-x64/bin/bun");
    expect((await start()).output).toContain(served());
  });

  test("runs from within a run of its own, where PATH begins with the checkout's Bun", async () => {
    await checkout.linkBun(".tools/node_modules/bun/bin/bun.exe");
    await start();
    const path = `${checkout.root}/.tools/bin:${checkout.root}/bin`;
    const run = () => checkout.run("scripts/start.sh", [], { PORT: "4567", PATH: path });
    expect((await run()).output).toContain(served());
    expect((await run()).output).toContain(served());
  });

  test("has npm install exactly the pinned version, in place of a broken one", async () => {
    await checkout.writeCommand(".tools/node_modules/bun/bin/bun.exe", "exit 1");
    await checkout.writeCommand("bin/npm", installsBun);
    const { output } = await start();
    expect(output).toContain(`bun@${Bun.version}`);
    expect(output).toContain(served());
  });

  test("asks an older Bun for the pinned one where npm fails", async () => {
    await checkout.writeCommand("bin/npm", "exit 1");
    await checkout.writeCommand("bin/bun", `[ "$1" = --version ] && echo 1.0.0 && exit\n${installsBun}`);
    expect((await start()).output).toContain(served());
  });

  test("says how to get one where neither npm nor Bun is there", async () => {
    const { exitCode, output } = await start();
    expect(output).toContain("Install Node.js with npm");
    expect(exitCode).toBe(1);
  });

  test("explains itself, and refuses what it does not know", async () => {
    expect(await start(["--help"])).toMatchObject({ exitCode: 0, output: expect.stringContaining("Usage:") });
    expect(await start(["--port"])).toMatchObject({
      exitCode: 64,
      output: expect.stringContaining("Usage:"),
    });
  });
});

/** Stands in for npm and `bun add`: links the Bun that runs this test into .tools. */
const installsBun = `
echo "asked to install: $*"
tools="$(cd "$(dirname "$0")/../.tools" && pwd)"
mkdir -p "$tools/node_modules/bun/bin"
ln -s "${process.execPath}" "$tools/node_modules/bun/bin/bun.exe"`;
