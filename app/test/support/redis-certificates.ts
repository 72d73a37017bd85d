import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unusedPort } from "./spawned-server.ts";

export const hasOpenssl = Bun.which("openssl") !== null;

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];

/** An authority of one's own, and what it certifies for 127.0.0.1. Gone with its block. */
export class RedisCertificates implements AsyncDisposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async create(): Promise<RedisCertificates> {
    const made = new RedisCertificates(await mkdtemp(join(tmpdir(), "holdline-certificates-")));
    const [authority, key] = [made.authority, made.#path("authority.key")];
    await openssl("req", "-x509", ...newKey, "-subj", "/CN=authority", "-keyout", key, "-out", authority);
    await writeFile(made.#path("names"), "subjectAltName=IP:127.0.0.1");
    const request = made.#path("request");
    await openssl("req", ...newKey, "-subj", "/CN=redis", "-keyout", made.#path("key"), "-out", request);
    const signing = ["-CA", authority, "-CAkey", key, "-CAcreateserial", "-extfile", made.#path("names")];
    await openssl("x509", "-req", "-in", request, ...signing, "-out", made.#path("certificate"));
    return made;
  }

  /** The path of its certificate, for who is to trust it. */
  get authority(): string {
    return this.#path("authority.crt");
  }

  /** What a Redis or a Sentinel is set, and the port where it then speaks TLS; clients need no certificate. */
  settings(): { port: number; set: [name: string, value: string][] } {
    const port = unusedPort();
    const set: [string, string][] = [
      ["tls-port", String(port)],
      ["tls-cert-file", this.#path("certificate")],
      ["tls-key-file", this.#path("key")],
      ["tls-ca-cert-file", this.authority],
      ["tls-auth-clients", "no"],
    ];
    return { port, set };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

async function openssl(...args: string[]): Promise<void> {
  const child = Bun.spawn(["openssl", ...args], { stdout: "ignore", stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text());
}
