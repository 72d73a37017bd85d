import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/** IPv4 is a number: as such it is parsed and compared in a tenth of the time that a handshake would take for it. */
type Address = { readonly ipv4: number } | { readonly ipv6: ipaddr.IPv6 };

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

/** RFC 1918 and its IPv6 counterpart, RFC 4193. */
const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"].map(networkTest);
const loopbackNetworks = ["127.0.0.0/8", "::1/128"].map(networkTest);
const localNetworks = [...loopbackNetworks, ...privateNetworks];

/** Tells whom a request came from: proxies are believed, but only those that the operator named. */
export class ClientAddresses {
  readonly #trusted: readonly IsMember[];
  /** Behind a proxy it is the same peer again and again. */
  #lastPeer: Peer = { text: "", address: null, isTrusted: false };

  constructor(trustedProxies: readonly string[]) {
    this.#trusted = trustedProxies.flatMap(memberTests);
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
    return isMemberOf(this.#trusted, address);
  }
}

function isMemberOf(networks: readonly IsMember[], address: Address): boolean {
  for (const isMember of networks) if (isMember(address)) return true;
  return false;
}

function entriesOf(header: string | null): readonly string[] {
  if (header === null) return [];
  const entries = header.split(",").map((entry) => entry.trim());
  return entries.filter((entry) => entry !== "");
}

function memberTests(proxy: string): readonly IsMember[] {
  if (proxy === "loopback") return loopbackNetworks;
  return proxy === "private" ? privateNetworks : [networkTest(proxy)];
}

function networkTest(network: string): IsMember {
  const [text = "", prefix] = network.split("/");
  const ip = ipaddr.process(text);
  const bitsMax = ip.kind() === "ipv4" ? 32 : 128;
  // A network of IPv4-mapped addresses has become one of IPv4 addresses.
  const bits = prefix === undefined ? bitsMax : Number(prefix) - (text.includes(":") ? 128 - bitsMax : 0);
  return isIpv4(ip) ? ipv4Test(numberOf(ip.octets), Math.max(0, bits)) : ipv6Test(ip, bits);
}

function ipv4Test(network: number, bits: number): IsMember {
  // A shift by 32 would be one by 0.
  const mask = bits === 0 ? 0 : -1 << (32 - bits);
  return (address) => "ipv4" in address && ((address.ipv4 ^ network) & mask) === 0;
}

function ipv6Test(network: ipaddr.IPv6, bits: number): IsMember {
  return (address) => "ipv6" in address && address.ipv6.match(network, bits);
}

const octet = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const ipv4Expression = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`);

/** Strict, where `ipaddr.parse` also takes `127.1`. An IPv4-mapped IPv6 address is the IPv4 address. */
function parseAddress(text: string): Address | null {
  const octets = ipv4Expression.exec(text);
  if (octets !== null) return { ipv4: numberOf(octets.slice(1).map(Number)) };
  if (!isIPv6(text)) return null;
  const ip = ipaddr.process(text);
  return isIpv4(ip) ? { ipv4: numberOf(ip.octets) } : { ipv6: ip };
}

function isIpv4(ip: ipaddr.IPv4 | ipaddr.IPv6): ip is ipaddr.IPv4 {
  return ip.kind() === "ipv4";
}

function numberOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, inBrackets, ipv4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? [];
  return inBrackets ?? ipv4 ?? entry;
}

function toClient(address: Address, isSilentProxy = false): Client {
  return { key: keyOf(address), isLocal: isMemberOf(localNetworks, address), isSilentProxy };
}

/** One customer of an IPv6 network has at least a /64 of addresses to choose from. */
function keyOf(address: Address): string {
  if ("ipv4" in address) return dotted(address.ipv4);
  const network = address.ipv6.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(":")}::/64`;
}

const dotted = (ipv4: number): string =>
  `${ipv4 >>> 24}.${(ipv4 >>> 16) & 255}.${(ipv4 >>> 8) & 255}.${ipv4 & 255}`;
