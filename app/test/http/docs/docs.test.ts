import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { HttpWorld } from "../../support/http-world.ts";
import { rawRequest } from "../../support/raw-request.ts";

let world: HttpWorld;
beforeAll(async () => {
  world = await HttpWorld.start({ ALLOWED_ORIGINS: "https://app.example.com" });
});
afterAll(() => world.stop());

const files: [path: string, type: string][] = [
  ["/docs", "text/html"],
  ["/docs/", "text/html"],
  ["/docs/json", "application/json"],
  ["/docs/asyncapi.json", "application/json"],
  ["/docs/start.js", "text/javascript"],
  ["/docs/swagger-ui.css", "text/css"],
  ["/docs/swagger-ui-bundle.js", "text/javascript"],
];

describe.each(files)("%s", (path, type) => {
  test("is served, asked for again each time, and kept where it is the same", async () => {
    const { status, headers } = await rawRequest(world.url + path, "HEAD");
    expect([status, headers.get("cache-control")]).toEqual([200, "no-cache"]);
    expect(headers.get("content-type")).toStartWith(type);
    const again = await rawRequest(world.url + path, "GET", { "if-none-match": headers.get("etag") ?? "" });
    expect([again.status, again.body]).toEqual([304, ""]);
  });

  test("may load nothing from elsewhere, and is framed by nobody", async () => {
    const { headers } = await rawRequest(world.url + path, "HEAD");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toStartWith("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  test("may be read by pages of listed origins only", async () => {
    const readableBy = async (origin: string) =>
      (await rawRequest(world.url + path, "HEAD", { origin })).headers.get("access-control-allow-origin");
    expect(await readableBy("https://app.example.com")).toBe("https://app.example.com");
    expect(await readableBy("https://evil.example")).toBeNull();
  });
});

test("no other file of the package is served", async () => {
  expect((await rawRequest(`${world.url}/docs/package.json`)).status).toBe(404);
});

test("the documents are of the version that runs", async () => {
  const api = await rawRequest(`${world.url}/docs/json`);
  expect(JSON.parse(api.body)).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } });
  const protocol = await rawRequest(`${world.url}/docs/asyncapi.json`);
  expect(JSON.parse(protocol.body)).toMatchObject({ asyncapi: "3.0.0", info: { version: "1.2.3" } });
});
