import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { MadeUpCheckout } from "../support/made-up-checkout.ts";

/** What Compose makes of its files, as far as the script reads it. */
const configOf = (environment: string, port: number) => `cat <<TEXT
services:
  websocket-blue:
    environment:
      GUESTS: ${/GUESTS=(\w+)/.exec(environment)?.[1] ?? "null"}
      JWT_SECRET: ${/JWT_SECRET=(\w+)/.exec(environment)?.[1] ?? "null"}
      JWKS_URL: null
      NODE_ENV: ${environment.includes("HTTP_BIND") ? "production" : '""'}
  traefik:
    environment:
      TLS_CERTIFICATE: ${environment.includes("TLS") ? "chat.crt" : '""'}
      TLS_KEY: ${environment.includes("TLS") ? "chat.key" : '""'}
    ports:
      - mode: ingress
        published: "${port}"
TEXT
`;

interface Docker {
  readonly environment?: string;
  readonly running?: boolean;
  readonly connections?: number;
  readonly compose?: string;
}

let checkout: MadeUpCheckout;
let site: Bun.Server<undefined>;

beforeEach(async () => {
  checkout = await MadeUpCheckout.create();
  site = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("live") });
});
afterEach(async () => {
  await site.stop(true);
  await checkout.remove();
});

/** A docker that answers what the script asks, and writes down what it is told to do. */
async function install({ environment = "", running = true, connections = 0, compose = "0" }: Docker) {
  await checkout.writeCommand(
    "bin/docker",
    `case "$*" in
  info) exit 0 ;;
  "compose version") exit ${compose} ;;
  "compose config") ${configOf(environment, site.port ?? 0)} ;;
  "compose ps --quiet") echo "${running ? "0123" : ""}" ;;
  *"control status") printf '{\\n  "connections": ${connections},\\n  "sessions": 0\\n}\\n' ;;
  "compose port traefik 80") echo "127.0.0.1:${site.port}" ;;
  *) echo "told: $*" ;;
esac`,
  );
}

const start = (...args: string[]) => checkout.run("scripts/start.sh", ["--stack", ...args]);

describe("scripts/start.sh --stack", () => {
  test("brings the containers up and tells where they serve", async () => {
    await install({});
    const { exitCode, output } = await start();
    expect(output).toContain("told: compose up -d\n");
    expect(output).toContain(`Holdline serves http://localhost:${site.port}`);
    expect(exitCode).toBe(0);
  });

  test("says aloud that everybody is a guest, as long as only this machine can reach it", async () => {
    await install({});
    expect((await start()).output).toContain("whoever connects is a guest");
    await install({ environment: "JWT_SECRET=secret" });
    const { output } = await start();
    expect([output.includes("guest"), output.includes("JWT_SECRET")]).toEqual([false, false]);
  });

  test("does not open it to others without saying who they are", async () => {
    await install({ environment: "HTTP_BIND" });
    const { exitCode, output } = await start();
    expect([exitCode, output.includes("told:"), output.includes("JWT_SECRET")]).toEqual([1, false, true]);
    await install({ environment: "HTTP_BIND GUESTS=allow" });
    expect((await start()).exitCode).toBe(0);
    await install({ environment: "HTTP_BIND JWT_SECRET=secret" });
    expect((await start()).exitCode).toBe(0);
  });

  test("names a certificate's file that is not there, or that Traefik may not read", async () => {
    await install({ environment: "TLS" });
    const refused = async (words: string) => {
      const { exitCode, output } = await start();
      expect([exitCode, output.includes("told:")]).toEqual([1, false]);
      expect(output).toContain(words);
    };
    await refused("traefik/certificates/chat.crt is not there");
    for (const name of ["chat.crt", "chat.key"]) await checkout.write(`traefik/certificates/${name}`, "PEM");
    const key = join(checkout.root, "traefik/certificates/chat.key");
    await chmod(key, 0o200);
    await refused("may not read traefik/certificates/chat.key: chown 1000");
    await chmod(key, 0o644);
    expect((await start()).exitCode).toBe(0);
  });

  test("names a port that somebody else uses", async () => {
    await install({ running: false });
    const { exitCode, output } = await start();
    expect(output).toContain(`Somebody listens on ${site.port}:`);
    expect([exitCode, output.includes("told:")]).toEqual([1, false]);
  });

  test("builds anew, unless somebody is connected", async () => {
    await install({});
    expect((await start("--build")).output).toContain("told: compose up -d --build\n");
    await install({ connections: 3 });
    const { exitCode, output } = await start("--build");
    expect(output).toContain("3 connections");
    expect([exitCode, output.includes("told:")]).toEqual([1, false]);
    expect((await start()).exitCode).toBe(0);
  });

  test("says what is missing", async () => {
    expect((await start()).output).toContain("Docker is not here");
    await checkout.writeCommand("bin/docker", "exit 1");
    expect((await start()).output).toContain("Docker does not answer");
    await install({ compose: "1" });
    expect((await start()).output).toContain("Compose v2 is not here");
  });

  test("refuses what it does not know", async () => {
    expect((await start("--all")).exitCode).toBe(64);
  });
});
