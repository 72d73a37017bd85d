import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MadeUpCheckout } from "../support/made-up-checkout.ts";

const enough = {
  "net/core/somaxconn": "65535",
  "net/ipv4/tcp_max_syn_backlog": "70000",
  "net/ipv4/ip_local_port_range": "1024\t65535",
  "net/ipv4/tcp_fin_timeout": "20",
  "vm/max_map_count": "262144",
  "net/ipv4/tcp_migrate_req": "1",
};
const tooLow: [path: string, value: string][] = [
  ["net/core/somaxconn", "65534"],
  ["net/ipv4/tcp_max_syn_backlog", "2048"],
  ["net/ipv4/ip_local_port_range", "1025\t65535"],
  ["net/ipv4/ip_local_port_range", "1024\t60999"],
  ["net/ipv4/tcp_fin_timeout", "60"],
  ["vm/max_map_count", "65530"],
  ["net/ipv4/tcp_migrate_req", "0"],
];

let checkout: MadeUpCheckout;

beforeEach(async () => {
  checkout = await MadeUpCheckout.create();
  await checkout.writeCommand("bin/sysctl", `echo "sysctl $*"`);
  await checkout.write("sysctl.d/keep", "");
  await checkout.write("limits.d/keep", "");
});
afterEach(() => checkout.remove());

async function tune(settings: Record<string, string>, ...args: string[]) {
  for (const [path, value] of Object.entries(settings)) await checkout.write(`proc/${path}`, `${value}\n`);
  return checkout.run("scripts/tune-host.sh", args, {
    PROC_SYS: join(checkout.root, "proc"),
    SYSCTL_DIR: join(checkout.root, "sysctl.d"),
    LIMITS_DIR: join(checkout.root, "limits.d"),
  });
}

const written = (path: string) => Bun.file(join(checkout.root, path)).text();
const lowNames = (output: string) => [...output.matchAll(/^LOW +(\S+)/gm)].map(([, name]) => name);

describe("scripts/tune-host.sh", () => {
  test("asks for nothing that the kernel does not know", async () => {
    const { "net/ipv4/tcp_migrate_req": _, ...older } = enough;
    expect((await tune(older)).output).not.toContain("tcp_migrate_req");
  });

  test("shows every setting with its value, what is wanted and why, and changes nothing", async () => {
    const { output } = await tune(enough);
    expect(output.match(/^(ok|LOW) .* is \S+( \S+)? +wanted .{20,}/gm)).toHaveLength(7);
    expect(lowNames(output).filter((name) => name !== "nofile")).toEqual([]);
    expect(await Bun.file(join(checkout.root, "sysctl.d/90-holdline.conf")).exists()).toBe(false);
  });

  test.each(tooLow)("finds %s too low at %s", async (path, value) => {
    const { exitCode, output } = await tune({ ...enough, [path]: value }, "--check");
    expect(lowNames(output).filter((name) => name !== "nofile")).toEqual([path.replaceAll("/", ".")]);
    expect(exitCode).toBe(1);
  });

  test("writes what is wanted, and lowers nothing that is higher", async () => {
    const { exitCode, output } = await tune({ ...enough, "net/core/somaxconn": "128" }, "--apply");
    const conf = await written("sysctl.d/90-holdline.conf");
    expect(conf).toContain("net.core.somaxconn = 65535\n");
    expect(conf).toContain("net.ipv4.tcp_max_syn_backlog = 70000\n");
    expect(conf).toContain("net.ipv4.tcp_fin_timeout = 20\n");
    expect(await written("limits.d/90-holdline.conf")).toContain("* hard nofile 1000000\n");
    expect(output).toContain(`sysctl --quiet --load ${checkout.root}/sysctl.d/90-holdline.conf`);
    expect(exitCode).toBe(0);
  });

  test("writes the same when it is run again", async () => {
    await tune(enough, "--apply");
    const first = await written("sysctl.d/90-holdline.conf");
    await tune(enough, "--apply");
    expect(await written("sysctl.d/90-holdline.conf")).toBe(first);
    expect(first.match(/ = /g)).toHaveLength(6);
  });

  test("explains itself, and refuses what it does not know", async () => {
    expect((await tune({}, "--help")).output).toContain("Usage:");
    expect((await tune({}, "--all")).exitCode).toBe(64);
  });
});
