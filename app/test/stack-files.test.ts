import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import manifest from "../package.json";
import { jsonLine, type LogRecord } from "../src/telemetry/log-line.ts";

const root = join(import.meta.dir, "../..");
const read = (path: string) => Bun.file(join(root, path)).text();
const composeFiles = ["docker-compose.yml", "traefik/compose.tls.yml", "scripts/load/compose.loadtest.yml"];
const dockerfile = await read("Dockerfile");
const compose = await read("docker-compose.yml");
const record: LogRecord = { time: "", level: "info", event: "server.started", instance: "i1", color: "blue" };
const hasCompose =
  Bun.which("docker") !== null && Bun.spawnSync(["docker", "compose", "version"]).exitCode === 0;

/** What hadolint would say of ours: it can be had from no package registry. */
const dockerfileRules: [rule: string, isKept: (text: string) => boolean][] = [
  [
    "pins its base",
    (text) => [...text.matchAll(/^FROM (\S+)/gm)].every(([, base]) => /:\d+\.\d+\.\d+-/.test(base ?? "")),
  ],
  [
    "runs the Bun of package.json",
    (text) => text.includes(`oven/bun:${manifest.packageManager.slice(4)}-slim`),
  ],
  ["tells the version of package.json", (text) => text.includes(`ARG VERSION=${manifest.version}\n`)],
  ["does not end as root", (text) => text.lastIndexOf("\nUSER 1000:1000\n") > text.lastIndexOf("\nFROM ")],
  [
    "starts by a list, so that signals arrive",
    (text) => [...text.matchAll(/^\s*(?:CMD|ENTRYPOINT) (.)/gm)].every(([, sign]) => sign === "["),
  ],
  [
    "has absolute working directories",
    (text) => [...text.matchAll(/^WORKDIR (.)/gm)].every(([, sign]) => sign === "/"),
  ],
  ["copies, never adds", (text) => !/^ADD /m.test(text)],
  ["installs what the lock file says", (text) => text.includes("bun install --frozen-lockfile --production")],
  ["checks its health without curl", (text) => /^HEALTHCHECK/m.test(text) && !/curl|wget/.test(text)],
  ["leaves no package lists", (text) => !/apt-get/.test(text)],
  ["takes no secret", (text) => !/^[^#].*(SECRET|TOKEN|PASSWORD)/m.test(text)],
];

describe("Dockerfile", () => {
  test.each(dockerfileRules)("%s", (_rule, isKept) => {
    expect(isKept(dockerfile)).toBe(true);
  });
});

describe("docker-compose.yml", () => {
  test("hardens every service", () => {
    const services = compose
      .slice(compose.indexOf("\nservices:"), compose.indexOf("\nnetworks:"))
      .split(/\n {2}(?=[a-z-]+:\n)/)
      .slice(1);
    const isHard = (text: string) =>
      /<<: \*(hardened|websocket)\n/.test(text) ||
      (text.includes("cap_drop: [ALL]") && text.includes('security_opt: ["no-new-privileges:true"]'));
    const soft = services.filter((text) => !isHard(text));
    expect(soft.map((text) => text.split(":")[0])).toEqual([]);
  });

  test("pins every image, the two colours by name", () => {
    const images = [...compose.matchAll(/^ {4}image: (\S+)$/gm)].map(([, image = ""]) => image);
    expect(images.filter((image) => !/^[a-z./-]+:v?\d+\.\d+/.test(image))).toEqual([
      "holdline:blue",
      "holdline:green",
    ]);
  });

  test("keeps Traefik's address out of what others are given", () => {
    expect(compose).toMatch(/ipv4_address: "\$\{EDGE_PREFIX:-[\d.]+\}\.2"/);
    expect(compose).toMatch(/ip_range: \$\{EDGE_PREFIX:-[\d.]+\}\.128\/25\n/);
  });

  test("publishes to this machine alone unless told otherwise", () => {
    const published = [...compose.matchAll(/^ +(?:- |ports: \[)"([^"]*\d:\$\{?[^"]*|[^"]*:\d+)"/gm)].map(
      ([, port = ""]) => port,
    );
    expect(published.length).toBeGreaterThan(4);
    expect(
      published.filter((port) => !/^(127\.0\.0\.1|\$\{(HTTP|GRAFANA)_BIND:-127\.0\.0\.1\}):/.test(port)),
    ).toEqual([]);
  });

  test.skipIf(!hasCompose)("is valid, alone and with its overrides (needs docker compose)", () => {
    for (const extra of [[], ...composeFiles.slice(1).map((path) => [path])]) {
      const files = ["docker-compose.yml", ...extra].flatMap((path) => ["--file", path]);
      const { exitCode, stderr } = Bun.spawnSync(
        ["docker", "compose", "--profile=logging", ...files, "config", "--quiet"],
        {
          cwd: root,
        },
      );
      expect([exitCode, stderr.toString()]).toEqual([0, ""]);
    }
  });
});

test(".env.example names every setting that compose files read, and no other", async () => {
  const texts = await Promise.all(composeFiles.map(read));
  const readNames = new Set(
    texts.flatMap((text) => [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name)),
  );
  const example = await read(".env.example");
  const named = new Set([...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name));
  const byDeploys = ["BUILD_ID"];
  const missing = [...readNames].filter((name) => !named.has(name) && !byDeploys.includes(name ?? ""));
  expect(missing).toEqual([]);
  const passed = new Set([...compose.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name));
  const unread = [...named].filter(
    (name) => !readNames.has(name) && !passed.has(name) && name !== "COMPOSE_FILE",
  );
  expect(unread).toEqual([]);
});

describe("the logging profile", () => {
  const logging = (path: string) => read(`scripts/logging/${path}`);
  const fields = Object.keys(JSON.parse(jsonLine(record, {})));

  test("knows the fields of every line of the log", async () => {
    const { template } = JSON.parse(await logging("index-template.json"));
    const [{ date }] = JSON.parse(await logging("pipeline.json")).processors;
    const known = [
      ...Object.keys(template.mappings.properties.holdline.properties),
      date.field.split(".").at(-1),
    ];
    expect(fields.filter((field) => !known.includes(field))).toEqual([]);
  });

  test("sets up what Filebeat writes to, and what Kibana shows", async () => {
    const setup = await logging("setup.sh");
    const filebeat = Bun.YAML.parse(await logging("filebeat.yml")) as Record<string, Record<string, string>>;
    expect(setup).toContain(`/_ingest/pipeline/${filebeat["output.elasticsearch"]?.pipeline}"`);
    for (const [, file = ""] of setup.matchAll(/" (\S+\.json)$/gm)) JSON.parse(await logging(file));
    const { data_view } = JSON.parse(await logging("data-view.json"));
    const { index_patterns } = JSON.parse(await logging("index-template.json"));
    expect(index_patterns).toEqual([data_view.title]);
    expect(filebeat["output.elasticsearch"]?.index).toStartWith("holdline-");
  });
});
