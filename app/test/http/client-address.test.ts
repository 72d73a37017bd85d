import { describe, expect, test } from "bun:test";
import { ClientAddresses } from "../../src/http/client-address.ts";

const proxies = ["loopback", "private", "198.51.100.7", "2001:db8:ffff::/48", "::ffff:203.0.113.128/121"];
const addresses = new ClientAddresses(proxies);

describe("the client of a request", () => {
  const cases: [what: string, peer: string, forwardedFor: string | null, key: string][] = [
    ["a peer that is no proxy", "203.0.113.9", null, "203.0.113.9"],
    ["a header of a peer that is no proxy is ignored", "203.0.113.9", "192.0.2.1", "203.0.113.9"],
    ["the one that a proxy names", "127.0.0.1", "203.0.113.9", "203.0.113.9"],
    [
      "the right-most: what is left of it the client wrote",
      "10.0.0.2",
      "192.0.2.1, 203.0.113.9",
      "203.0.113.9",
    ],
    ["right-most but the trusted", "10.0.0.2", "192.0.2.1, 203.0.113.9, 172.16.3.4", "203.0.113.9"],
    ["the left-most if all are trusted", "127.0.0.1", "10.1.1.1, 192.168.0.2", "10.1.1.1"],
    ["a trusted proxy by its address", "198.51.100.7", "203.0.113.9", "203.0.113.9"],
    ["a neighbour of that address", "198.51.100.8", "203.0.113.9", "198.51.100.8"],
    ["a trusted proxy by its range", "2001:db8:ffff:1::1", "203.0.113.9", "203.0.113.9"],
    ["outside of the range", "2001:db8:fffe:1::1", "203.0.113.9", "2001:db8:fffe:1::/64"],
    ["a trusted range of mapped addresses", "203.0.113.200", "192.0.2.1", "192.0.2.1"],
    ["outside of the mapped range", "203.0.113.100", "192.0.2.1", "203.0.113.100"],
    ["an IPv4-mapped peer", "::ffff:203.0.113.9", null, "203.0.113.9"],
    ["an IPv4-mapped entry", "127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
    ["IPv6 counts by /64", "2001:db8:1:2:3:4:5:6", null, "2001:db8:1:2::/64"],
    ["the same /64, written otherwise", "2001:0DB8:0001:0002::9", null, "2001:db8:1:2::/64"],
    ["IPv6 with a zone", "fe80::1%eth0", null, "fe80:0:0:0::/64"],
    ["an entry with a port", "127.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
    ["an IPv6 entry with a port", "127.0.0.1", "[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64"],
    ["an IPv6 entry in brackets", "127.0.0.1", "[2001:db8:1:2::9]", "2001:db8:1:2::/64"],
    ["empty entries are none", "127.0.0.1", "203.0.113.9, ,", "203.0.113.9"],
    ["a word", "10.0.0.2", "unknown", "10.0.0.2"],
    ["a word right of an address", "10.0.0.2", "203.0.113.9, unknown", "10.0.0.2"],
    ["a word left of a trusted proxy", "10.0.0.2", "unknown, 10.0.0.3", "10.0.0.2"],
    ["a short form", "10.0.0.2", "127.1", "10.0.0.2"],
    ["a leading zero", "10.0.0.2", "203.0.113.09", "10.0.0.2"],
    ["a number past 255", "10.0.0.2", "203.0.113.256", "10.0.0.2"],
    ["the highest numbers", "10.0.0.2", "203.255.199.250", "203.255.199.250"],
    ["a script", "10.0.0.2", "<script>alert(1)</script>", "10.0.0.2"],
    ["a peer without address", "", "203.0.113.9", "unknown"],
  ];
  test.each(cases)("%s: %s, %p", (_what, peer, forwardedFor, key) => {
    expect(addresses.find(peer, forwardedFor)).toMatchObject({ key, isSilentProxy: false });
  });

  test.each([null, "", " , "])("is unknown behind a trusted proxy that sends %j", (forwardedFor) => {
    expect(addresses.find("10.0.0.2", forwardedFor).isSilentProxy).toBe(true);
  });

  test("is the peer where no proxy is trusted", () => {
    expect(new ClientAddresses([]).find("127.0.0.1", "203.0.113.9").key).toBe("127.0.0.1");
  });

  test("is found in a header as long as a server accepts", () => {
    expect(addresses.find("10.0.0.2", `203.0.113.9,${"10.0.0.1,".repeat(2000)}`).key).toBe("203.0.113.9");
  });
});

describe("local", () => {
  const local = [
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "10.1.2.3",
    "172.31.255.1",
    "192.168.1.1",
    "fd00::1",
    "::ffff:10.0.0.1",
  ];
  test.each(local)("is %s", (peer) => {
    expect(addresses.find(peer, null).isLocal).toBe(true);
  });

  const remote = [
    "203.0.113.9",
    "172.15.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "11.0.0.1",
    "2001:db8::1",
    "0.0.0.0",
    "::2",
    "169.254.1.1",
    "",
  ];
  test.each(remote)("is not %p", (peer) => {
    expect(addresses.find(peer, null).isLocal).toBe(false);
  });

  test("is a matter of the client, not of the peer", () => {
    expect(addresses.find("127.0.0.1", "203.0.113.9").isLocal).toBe(false);
    expect(addresses.find("127.0.0.1", "192.168.1.1").isLocal).toBe(true);
  });
});

test("trust knows mapped addresses, and nobody without an address", () => {
  expect(["::ffff:127.0.0.1", "198.51.100.7"].every((peer) => addresses.isTrusted(peer))).toBe(true);
  expect(["203.0.113.9", "", "proxy.example"].some((peer) => addresses.isTrusted(peer))).toBe(false);
});

test("trust may be in everybody who speaks IPv4", () => {
  const everybody = new ClientAddresses(["0.0.0.0/0"]);
  expect(["203.0.113.9", "0.0.0.0", "2001:db8::1"].map((peer) => everybody.isTrusted(peer))).toEqual([
    true,
    true,
    false,
  ]);
});
