import { readFileSync } from "node:fs";

/** As the kernel writes 0.0.0.0:0, and the state of a socket that listens. */
const ANY_PEER = "00000000:0000";
const LISTENING = "0A";

/** How often a connection found its listener's queue full, on the whole machine since it started. */
export function listenOverflows(): number {
  const [names = [], values = []] = readFileSync("/proc/net/netstat", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("TcpExt:"))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf("ListenOverflows")]);
}

/** How many sockets listen on a port of IPv4: one per process that shares it. */
export function listenersOn(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return lines.filter((line) => line.includes(`${local}${ANY_PEER} ${LISTENING}`)).length;
}
