import { describe, expect, test } from "bun:test";
import { basename, join, posix } from "node:path";

type Source = { path: string; text: string };

const root = join(import.meta.dir, "..");
const layered = "{src,client,public,deploy}";
const everywhere = "{src,client,public,deploy,test,bench,dashboards}";
const sourceLinesMax = 250;

/** A unit (a folder, the SDK's programs, or a file beside main.ts; `config-*` are parts of config) and what it may import. */
const allowedUnits: Record<string, readonly string[]> = {
  "src/protocol": [],
  "src/telemetry": [],
  "src/config": [],
  "src/chat": ["src/protocol", "src/telemetry", "src/config"],
  "src/engine": ["src/protocol", "src/telemetry", "src/config", "src/chat"],
  "src/http": ["src/protocol", "src/telemetry", "src/config", "src/chat"],
  "src/file-limit": [],
  "src/drain": ["src/*"],
  "src/control": ["src/*"],
  "src/controlled-hub": ["src/*"],
  "src/open-engine": ["src/*"],
  "src/workers": ["src/*"],
  "src/control-client": ["src/config", "src/follow-drain", "src/until-ready"],
  "src/follow-drain": ["src/control"],
  "src/until-ready": ["src/control"],
  "src/migrate": ["src/config", "src/engine"],
  "src/server": ["src/*"],
  "src/supervise-process": ["src/telemetry"],
  "src/hang-up": [],
  "src/main": ["src/*"],
  "src/sign-token": ["src/config"],
  "src/print-token": ["src/config", "src/protocol", "src/sign-token"],
  client: ["src/protocol"],
  "client/cli": ["client", "src/protocol", "src/config", "src/sign-token", "src/file-limit"],
  public: ["client"],
  deploy: ["client", "client/cli", "src/protocol", "src/config", "src/sign-token"],
};

/** A package, and how the only paths that may import it begin. */
const reservedPackages: Record<string, readonly string[]> = {
  elysia: ["src/http/"],
  "@elysiajs/": ["src/http/"],
  "bun:sqlite": [
    "src/engine/sqlite",
    "src/engine/migration.ts",
    "src/engine/lock-database.ts",
    "src/engine/engine-unusable.ts",
  ],
  ioredis: ["src/engine/redis"],
  winston: ["src/telemetry/"],
  "winston-": ["src/telemetry/"],
  "prom-client": ["src/telemetry/"],
  jose: ["src/http/auth/", "src/sign-token.ts"],
  "node:process": ["src/config.ts"],
};

const environmentReader = "src/config.ts";

function unitOf(path: string): string {
  const [top = "", next = ""] = path.split("/");
  if (top === "client" && next === "cli") return "client/cli";
  return top === "src" ? `src/${next.replace(/^config-.*/, "config").replace(/\.ts$/, "")}` : top;
}

// Not Bun.Transpiler.scanImports: it drops type-only imports, and a type ties two layers as well.
function specifiersIn(text: string): string[] {
  const matches = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g);
  return [...matches].map((match) => match[1] ?? "");
}

function mayImport(importer: string, imported: string): boolean {
  const allowed = allowedUnits[importer] ?? [];
  return (
    importer === imported ||
    allowed.includes(imported) ||
    (allowed.includes("src/*") && imported.startsWith("src/"))
  );
}

function isPackage(specifier: string, entry: string): boolean {
  const isPrefix = entry.endsWith("/") || entry.endsWith("-");
  return specifier === entry || specifier.startsWith(isPrefix ? entry : `${entry}/`);
}

function isImportAllowed(path: string, specifier: string): boolean {
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier);
    return target === "package.json" || mayImport(unitOf(path), unitOf(target));
  }
  const entry = Object.keys(reservedPackages).find((name) => isPackage(specifier, name));
  const owners = entry === undefined ? [""] : (reservedPackages[entry] ?? []);
  return owners.some((owner) => path.startsWith(owner));
}

function violationsIn({ path, text }: Source): string[] {
  const violations = specifiersIn(text)
    .filter((specifier) => !isImportAllowed(path, specifier))
    .map((specifier) => `${path} may not import ${specifier}`);
  if (!(unitOf(path) in allowedUnits)) violations.push(`${path} has no row in the table of units`);
  if (path !== environmentReader && /\b(process|Bun|meta)\.env\b/.test(text)) {
    violations.push(`${path} reads the environment`);
  }
  return violations;
}

function namingProblemIn(path: string): string[] {
  const name = basename(path).replace(/(\.test|\.d)?\.[a-z]+$/, "");
  const isBarrel = name === "index" && path !== "client/index.ts" && path !== "public/index.html";
  const isVague = ["utils", "helpers", "common", "types"].includes(name);
  const isKebabCase = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
  return isKebabCase && !isBarrel && !isVague ? [] : [path];
}

function isTooLong({ text }: Source): boolean {
  return text.trimEnd().split("\n").length > sourceLinesMax;
}

async function readSources(folders: string): Promise<Source[]> {
  const glob = new Bun.Glob(`${folders}/**/*.{ts,js,html,css,lua}`);
  const paths = await Array.fromAsync(glob.scan({ cwd: root }));
  return Promise.all(paths.map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() })));
}

describe("the source tree", () => {
  test("imports along the layers only", async () => {
    const sources = await readSources(layered);
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap(violationsIn)).toEqual([]);
  });

  test("has no file over 250 lines", async () => {
    const tooLong = (await readSources(everywhere)).filter(isTooLong);
    expect(tooLong.map(({ path }) => path)).toEqual([]);
  });

  test("names its files in kebab-case after what they hold", async () => {
    expect((await readSources(everywhere)).flatMap(({ path }) => namingProblemIn(path))).toEqual([]);
  });
});

describe("the checker refuses", () => {
  const forbidden: [path: string, text: string][] = [
    ["src/protocol/codec.ts", `import { Hub } from "../chat/hub.ts";`],
    ["src/protocol/codec.ts", `import type { Hub } from "../chat/hub.ts";`],
    ["src/telemetry/log.ts", `export { port } from '../config.ts';`],
    ["src/config.ts", `import { limits } from "./protocol/limits.ts";`],
    ["src/config-schema.ts", `import { limits } from "./protocol/limits.ts";`],
    ["src/chat/hub.ts", `import {\n  type Socket,\n} from "../http/socket.ts";`],
    ["src/chat/hub.ts", `const app = await import("../http/app.ts");`],
    ["src/engine/sqlite.ts", `import "../http/app.ts";`],
    ["src/http/app.ts", `import { open } from "../engine/sqlite.ts";`],
    ["src/http/app.ts", `import { start } from "../server.ts";`],
    ["src/http/app.ts", `import { until } from "../../test/support/until.ts";`],
    ["src/chat/hub.ts", `import { Elysia } from "elysia";`],
    ["src/server.ts", `import { staticPlugin } from "@elysiajs/static";`],
    ["src/engine/redis.ts", `import { Database } from "bun:sqlite";`],
    ["src/http/app.ts", `import winston from "winston";`],
    ["src/http/metrics.ts", `import { Counter } from "prom-client";`],
    ["src/chat/hub.ts", `import { jwtVerify } from "jose";`],
    ["src/main.ts", "const port = process.env.PORT;"],
    ["src/main.ts", "const port = Bun.env.PORT;"],
    ["src/rooms/room.ts", "export const room = 1;"],
    ["client/socket.ts", `import { Hub } from "../src/chat/hub.ts";`],
    ["client/socket.ts", `import { harmless } from "./cli/harmless.ts";`],
    ["client/cli/chat.ts", `import { Hub } from "../../src/chat/hub.ts";`],
    ["public/page.js", `import { decode } from "../src/protocol/codec.ts";`],
  ];
  test.each(forbidden)("in %s: %j", (path, text) => {
    expect(violationsIn({ path, text })).toHaveLength(1);
  });

  test.each(["src/chat/roomFeed.ts", "src/chat/utils.ts", "src/chat/index.ts"])("the name %s", (path) => {
    expect(namingProblemIn(path)).toEqual([path]);
  });

  test("a file of 251 lines, not one of 250", () => {
    const lines = (count: number) => ({ path: "src/main.ts", text: "line\n".repeat(count) });
    expect([isTooLong(lines(250)), isTooLong(lines(251))]).toEqual([false, true]);
  });
});

describe("the checker accepts", () => {
  const permitted: [path: string, text: string][] = [
    ["src/chat/hub.ts", `import { type Log } from "../telemetry/log.ts";`],
    ["src/chat/hub.ts", `import { Connection } from "./connection.ts";`],
    ["src/config.ts", `import { schema } from "./config-schema.ts";`],
    ["src/engine/sqlite-writer.ts", `import { Database } from "bun:sqlite";`],
    ["src/engine/sqlite.ts", `import type { Engine } from "../chat/engine.ts";`],
    ["src/http/page.ts", `import { staticPlugin } from "@elysiajs/static";`],
    ["src/server.ts", `import { open } from "./engine/sqlite.ts";`],
    ["src/config.ts", `import manifest from "../package.json";\nconst port = process.env.PORT;`],
    ["client/socket.ts", `import { codes } from "../src/protocol/close-codes.ts";`],
    ["client/cli/chat.ts", `import { createClient } from "../index.ts";`],
  ];
  test.each(permitted)("in %s: %j", (path, text) => {
    expect(violationsIn({ path, text })).toEqual([]);
  });
});
