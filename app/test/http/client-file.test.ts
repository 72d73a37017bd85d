import { afterAll, beforeAll, expect, test } from "bun:test";
import { assetDirs } from "../../src/http/asset-dirs.ts";
import { bundleClient, clientGzipBytesMax } from "../../src/http/bundle-client.ts";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest } from "../support/raw-request.ts";

let world: HttpWorld;
let url: string;
beforeAll(async () => {
  world = await HttpWorld.start({ ALLOWED_ORIGINS: "https://app.example.com" });
  url = `${world.url}/client.js`;
});
afterAll(() => world.stop());

test("is one module that needs nothing else", async () => {
  const { status, headers, body } = await rawRequest(url);
  expect([status, headers.get("content-type")]).toEqual([200, "text/javascript;charset=utf-8"]);
  expect(new Bun.Transpiler().scan(body)).toEqual({
    exports: ["HoldlineError", "createClient"],
    imports: [],
  });
});

test("fits the budget", async () => {
  const script = await bundleClient(assetDirs().clientPath);
  expect(Bun.gzipSync(script).length).toBeLessThanOrEqual(clientGzipBytesMax);
});

test("is asked for again each time, and not sent again while it is the same", async () => {
  const { headers } = await rawRequest(url, "HEAD");
  expect(headers.get("cache-control")).toBe("no-cache");
  const again = await rawRequest(url, "GET", { "if-none-match": headers.get("etag") ?? "" });
  expect([again.status, again.body]).toEqual([304, ""]);
});

test("may be used by pages of the origins that may connect, and by no others", async () => {
  const readableBy = async (origin: string) =>
    (await rawRequest(url, "GET", { origin })).headers.get("access-control-allow-origin");
  expect(await readableBy("https://app.example.com")).toBe("https://app.example.com");
  expect(await readableBy("https://evil.example")).toBeNull();
});

test("goes with the page's headers, and into pages that are isolated from other origins", async () => {
  const { headers } = await rawRequest(url);
  expect(headers.get("content-security-policy")).toStartWith("default-src 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  expect(headers.get("vary")).toBe("Origin");
});
