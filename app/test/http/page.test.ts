import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest } from "../support/raw-request.ts";

const files = readdirSync(join(import.meta.dir, "../../public"), {
  recursive: true,
  encoding: "utf8",
}).filter((path) => extname(path) !== "");

let world: HttpWorld;
beforeAll(async () => {
  world = await HttpWorld.start();
});
afterAll(() => world.stop());

describe.each(["/", ...files.map((file) => `/${file}`)])("%s", (path) => {
  test("is served to GET and HEAD, asked for again each time", async () => {
    for (const method of ["GET", "HEAD"]) {
      const { status, headers } = await rawRequest(world.url + path, method);
      expect([status, headers.get("cache-control"), headers.get("x-served-by")]).toEqual([
        200,
        "no-cache",
        "blue",
      ]);
    }
  });

  test("is not sent again while it is the same", async () => {
    const { headers } = await rawRequest(world.url + path);
    const again = await rawRequest(world.url + path, "GET", { "if-none-match": headers.get("etag") ?? "" });
    expect([again.status, again.body, again.headers.get("x-served-by")]).toEqual([304, "", "blue"]);
    expect((await rawRequest(world.url + path, "GET", { "if-none-match": '"other"' })).status).toBe(200);
  });

  test("may load nothing from elsewhere, and is framed by nobody", async () => {
    const { headers } = await rawRequest(world.url + path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toStartWith("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

test("the page is HTML without a script or a style of its own", async () => {
  const { headers, body } = await rawRequest(`${world.url}/`);
  expect(headers.get("content-type")).toStartWith("text/html");
  expect(body).toStartWith("<!doctype html>");
  expect(body).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/);
});

test("files are measured under their names, the page under /", async () => {
  world.measured.length = 0;
  const { headers } = await rawRequest(`${world.url}/page.css`);
  await rawRequest(`${world.url}/page.css`, "GET", { "if-none-match": headers.get("etag") ?? "" });
  for (const path of ["/", "/nothing.css"]) await rawRequest(world.url + path);
  expect(world.measured.map(({ route, status }) => [route, status])).toEqual([
    ["/page.css", 200],
    ["/page.css", 304],
    ["/", 200],
    ["other", 404],
  ]);
});
