import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { MadeUpCheckout } from "../support/made-up-checkout.ts";

const file = "traefik/dynamic/90-traffic.yml";
const refused: [shares: string][] = [
  [""],
  ["red"],
  ["blue=0"],
  ["blue=-1"],
  ["blue=1000"],
  ["blue=90 green=0"],
];

let checkout: MadeUpCheckout;

beforeEach(async () => {
  checkout = await MadeUpCheckout.create();
  await checkout.write("traefik/dynamic/30-services.yml", "");
  await checkout.writeCommand(
    "traffic",
    '. "$(dirname -- "$0")/scripts/toolchain.sh"; . "$root/scripts/traffic.sh"; umask 077; "$@"',
  );
});
afterEach(() => checkout.remove());

const write = (...shares: string[]) => checkout.run("traffic", ["write_traffic", ...shares]);
const active = async () => (await checkout.run("traffic", ["active_colour"])).lastLine;
const shares = async () => {
  const text = await Bun.file(join(checkout.root, file)).text();
  const { http } = Bun.YAML.parse(text) as {
    http: { services: { chat: { weighted: { services: unknown[] } } } };
  };
  return http.services.chat.weighted.services;
};

describe("the traffic file", () => {
  test("holds the active colour alone, for Traefik to read whatever the umask", async () => {
    expect((await write("green")).exitCode).toBe(0);
    expect(await shares()).toEqual([{ name: "websocket-green", weight: 100 }]);
    expect((await stat(join(checkout.root, file))).mode & 0o777).toBe(0o644);
  });

  test("gives each colour its share", async () => {
    await write("blue=90", "green=10");
    expect(await shares()).toEqual([
      { name: "websocket-blue", weight: 90 },
      { name: "websocket-green", weight: 10 },
    ]);
  });

  test("leaves nothing else in the watched directory", async () => {
    await write("blue");
    await write("green");
    expect((await readdir(join(checkout.root, "traefik/dynamic"))).sort()).toEqual([
      "30-services.yml",
      "90-traffic.yml",
    ]);
    expect(await readdir(join(checkout.root, "traefik/staging"))).toEqual([]);
  });

  test.each(refused)("stays as it is for %j", async (words) => {
    await write("green");
    expect((await write(...words.split(" ").filter(Boolean))).exitCode).toBe(64);
    expect(await shares()).toEqual([{ name: "websocket-green", weight: 100 }]);
  });

  test("stays as it is where half of it could be written only", async () => {
    await write("green");
    await checkout.writeCommand("full/sync", "exit 1");
    const { exitCode } = await checkout.run("traffic", ["write_traffic", "blue"], {
      PATH: `${join(checkout.root, "full")}:${join(checkout.root, "bin")}`,
    });
    expect([exitCode, await readdir(join(checkout.root, "traefik/staging"))]).toEqual([1, []]);
    expect(await shares()).toEqual([{ name: "websocket-green", weight: 100 }]);
  });

  test("tells the colour with the largest share, blue before there is any", async () => {
    expect(await active()).toBe("blue");
    await write("blue=9", "green=91");
    expect(await active()).toBe("green");
    await write("blue");
    expect(await active()).toBe("blue");
  });
});
