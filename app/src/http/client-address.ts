import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

interface Address {
  readonly ip: ipaddr.IPv4 | ipaddr.IPv6;
  /** The kind of network it belongs to, in the words of `ipaddr.js`. */
  readonly range: string;
}

interface Peer {
  readonly text: string;
  readonly address: Address | null;
  readonly isTrusted: boolean;
}

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
  /** Behind a proxy it is the same peer again and again. */
  #lastPeer: Peer = { text: "", address: null, isTrusted: false };

  constructor(trustedProxies: readonly string[]) {
    this.#trusted = trustedProxies.map(memberTest);
  }

  isTrusted(peer: string): boolean {
    return this.#peer(peer).isTrusted;
  }

  /**
   * The right-most entry of X-Forwarded-For that is no trusted proxy; if all are, the left-most. An entry that is
   * no address ends the search: the peer is all that is known then.
   */
  find(peer: string, forwardedFor: string | null): Client {
    const { address, isTrusted } = this.#peer(peer);
    if (address === null) return { key: "unknown", isLocal: false, isSilentProxy: false };
    if (!isTrusted) return toClient(address);
    const entries = entriesOf(forwardedFor);
    if (entries.length === 0) return toClient(address, true);
    return toClient(this.#clientAmong(entries) ?? address);
  }

  #peer(text: string): Peer {
    if (text === this.#lastPeer.text) return this.#lastPeer;
    const address = parseAddress(text);
    this.#lastPeer = { text, address, isTrusted: address !== null && this.#isTrusted(address) };
    return this.#lastPeer;
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

function entriesOf(header: string | null): readonly string[] {
  if (header === null) return [];
  const entries = header.split(",").map((entry) => entry.trim());
  return entries.filter((entry) => entry !== "");
}

function memberTest(proxy: string): IsMember {
  if (proxy === "loopback") return ({ range }) => loopbackRanges.includes(range);
  if (proxy === "private") return ({ range }) => privateRanges.includes(range);
  const [text = "", prefix] = proxy.split("/");
  const network = ipaddr.process(text);
  const bitsMax = network.kind() === "ipv4" ? 32 : 128;
  // A network of IPv4-mapped addresses has become one of IPv4 addresses.
  const bits = prefix === undefined ? bitsMax : Number(prefix) - (text.includes(":") ? 128 - bitsMax : 0);
  return ({ ip }) => ip.kind() === network.kind() && ip.match(network, Math.max(0, bits));
}

/** Strict, where `ipaddr.parse` also takes `127.1`. An IPv4-mapped IPv6 address is the IPv4 address. */
function parseAddress(text: string): Address | null {
  if (isIP(text) === 0) return null;
  const ip = ipaddr.process(text);
  return { ip, range: ip.range() };
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, inBrackets, ipv4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? [];
  return inBrackets ?? ipv4 ?? entry;
}

function toClient({ ip, range }: Address, isSilentProxy = false): Client {
  const isLocal = loopbackRanges.includes(range) || privateRanges.includes(range);
  return { key: keyOf(ip), isLocal, isSilentProxy };
}

/** One customer of an IPv6 network has at least a /64 of addresses to choose from. */
function keyOf(ip: Address["ip"]): string {
  if (!("parts" in ip)) return ip.toString();
  const network = ip.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(":")}::/64`;
}
