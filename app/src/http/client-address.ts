import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type IsMember = (address: Address) => boolean;

export interface Client {
  /** What limits count by: an IPv4 address, or the /64 network of an IPv6 one. */
  readonly key: string;
  /** On this machine or on a private network. */
  readonly isLocal: boolean;
  /** A trusted proxy that names nobody: it stands for any number of clients. */
  readonly isSilentProxy: boolean;
}

const loopbackRanges: readonly string[] = ["loopback"];
/** RFC 1918 and its IPv6 counterpart, RFC 4193. */
const privateRanges: readonly string[] = ["private", "uniqueLocal"];

/** Tells whom a request came from: proxies are believed, but only those that the operator named. */
export class ClientAddresses {
  readonly #trusted: readonly IsMember[];

  constructor(trustedProxies: readonly string[]) {
    this.#trusted = trustedProxies.map(memberTest);
  }

  isTrusted(peer: string): boolean {
    const address = parseAddress(peer);
    return address !== null && this.#isTrusted(address);
  }

  /**
   * The right-most entry of X-Forwarded-For that is no trusted proxy; if all are, the left-most. An entry that is
   * no address ends the search: the peer is all that is known then.
   */
  find(peer: string, forwardedFor: string | null): Client {
    const address = parseAddress(peer);
    if (address === null) return { key: "unknown", isLocal: false, isSilentProxy: false };
    if (!this.#isTrusted(address)) return toClient(address);
    const entries = (forwardedFor ?? "").split(",").map((entry) => entry.trim());
    const named = entries.filter((entry) => entry !== "");
    if (named.length === 0) return { ...toClient(address), isSilentProxy: true };
    return toClient(this.#clientAmong(named) ?? address);
  }

  #clientAmong(entries: readonly string[]): Address | null {
    let leftmost: Address | null = null;
    for (const entry of entries.toReversed()) {
      const address = parseAddress(withoutPort(entry));
      if (address === null || !this.#isTrusted(address)) return address;
      leftmost = address;
    }
    return leftmost;
  }

  #isTrusted(address: Address): boolean {
    return this.#trusted.some((isMember) => isMember(address));
  }
}

function memberTest(proxy: string): IsMember {
  if (proxy === "loopback") return (address) => loopbackRanges.includes(address.range());
  if (proxy === "private") return (address) => privateRanges.includes(address.range());
  const [text = "", prefix] = proxy.split("/");
  const network = ipaddr.process(text);
  const bitsMax = network.kind() === "ipv4" ? 32 : 128;
  // A network of IPv4-mapped addresses has become one of IPv4 addresses.
  const bits = prefix === undefined ? bitsMax : Number(prefix) - (text.includes(":") ? 128 - bitsMax : 0);
  return (address) => address.kind() === network.kind() && address.match(network, Math.max(0, bits));
}

/** Strict, where `ipaddr.parse` also takes `127.1`. An IPv4-mapped IPv6 address is the IPv4 address. */
function parseAddress(text: string): Address | null {
  return isIP(text) === 0 ? null : ipaddr.process(text);
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, inBrackets, ipv4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? [];
  return inBrackets ?? ipv4 ?? entry;
}

function toClient(address: Address): Client {
  const range: string = address.range();
  const isLocal = loopbackRanges.includes(range) || privateRanges.includes(range);
  return { key: keyOf(address), isLocal, isSilentProxy: false };
}

/** One customer of an IPv6 network has at least a /64 of addresses to choose from. */
function keyOf(address: Address): string {
  if (!("parts" in address)) return address.toString();
  const network = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(":")}::/64`;
}
