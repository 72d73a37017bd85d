import { afterEach, describe, expect, test } from "bun:test";
import { PortUnusable } from "../../src/http/port-unusable.ts";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest } from "../support/raw-request.ts";

let world: HttpWorld;
afterEach(() => world.stop());

describe("a server", () => {
  test("never shares its port", async () => {
    world = await HttpWorld.start();
    const port = Number(new URL(world.url).port);
    const second = HttpWorld.start({}, port);
    await expect(second).rejects.toThrow(PortUnusable);
    await expect(second).rejects.toThrow(`PORT=${port}, HOST=127.0.0.1: another program listens there`);
  });

  test("takes no body worth attacking with", async () => {
    world = await HttpWorld.start();
    const { status } = await rawRequest(`${world.url}/health`, "POST", { "content-length": "3000000" });
    expect(status).toBe(413);
  });
});
