import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient } from "../../client/index.ts";
import { isStackAsked, Stack } from "../support/stack.ts";

const startMs = 180_000;
const testMs = 60_000;

let stack: Stack;
let certificate: string;

describe.skipIf(!isStackAsked)("the stack with a certificate (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    const env = { TLS_CERTIFICATE: "chat.crt", TLS_KEY: "chat.key" };
    stack = await Stack.checkOut({ env, overrides: ["traefik/compose.tls.yml"] });
    await stack.run("mkdir", "traefik/certificates");
    await stack.run(
      "openssl",
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
      ..."-subj /CN=localhost -addext subjectAltName=DNS:localhost".split(" "),
      ..."-keyout traefik/certificates/chat.key -out traefik/certificates/chat.crt".split(" "),
    );
    await stack.run("chown", "1000:1000", "traefik/certificates/chat.key");
    certificate = await Bun.file(`${stack.directory}/traefik/certificates/chat.crt`).text();
    await stack.compose("build", "websocket-blue", "websocket-green");
    await stack.up();
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  const url = () => `https://localhost:${stack.httpsPort}`;
  const secured = (path: string, options: RequestInit = {}) =>
    fetch(url() + path, { ...options, tls: { ca: certificate } } as RequestInit);

  test("serves over HTTPS, and asks browsers to stay there", async () => {
    const page = await secured("/");
    expect([page.status, page.headers.get("strict-transport-security")]).toEqual([200, "max-age=31536000"]);
  });

  test("sends whoever comes without TLS there", async () => {
    const answer = await fetch(`${stack.url}/docs`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([301, `${url()}/docs`]);
  });

  test("speaks HTTP/2, and no TLS older than 1.2", async () => {
    const connect = ["openssl", "s_client", "-connect", `localhost:${stack.httpsPort}`];
    expect((await stack.tryTo(...connect, "-alpn", "h2,http/1.1")).text).toContain("ALPN protocol: h2");
    expect((await stack.tryTo(...connect, "-tls1_1", "-cipher", "ALL@SECLEVEL=0")).exitCode).toBe(1);
  });

  test(
    "carries the chat",
    async () => {
      const ca = certificate;
      const Trusting = class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, { protocols, tls: { ca } } as never);
        }
      };
      const client = createClient({ url: url(), WebSocket: Trusting as never });
      const { seq } = await client
        .room("room:tls")
        .join()
        .then(() => client.room("room:tls").send("hello"));
      expect(seq).toBe(1);
      client.close();
    },
    testMs,
  );
});
