/** What an operator does about each limit that stops a load. */
const advice = {
  connection_limit_ip: ["MAX_CONNECTIONS_PER_IP", "how many sockets may come from one address"],
  connection_limit_user: ["MAX_CONNECTIONS_PER_USER", "how many sockets one user may have"],
  handshake_rate: [
    "HANDSHAKES_PER_SECOND_PER_IP",
    "how many handshakes per second may come from one address",
  ],
  server_full: ["MAX_CONNECTIONS", "how many sockets one process may have"],
  rate_limited: ["MESSAGES_PER_MINUTE", "how many messages one user may send per minute"],
};

/** @typedef {{ variable: string, meaning: string, command: string }} Advice */

/** @param {string} code @returns {Advice | null} */
export function adviceFor(code) {
  const [variable, meaning] = advice[code] ?? [];
  if (variable === undefined) return null;
  return { variable, meaning, command: `${variable}=0 ./scripts/start.sh` };
}
