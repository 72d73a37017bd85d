/** What an operator does about each limit that stops a load. */
const advice = {
  connection_limit_ip: ["MAX_CONNECTIONS_PER_IP", "so many sockets may come from one address"],
  connection_limit_user: ["MAX_CONNECTIONS_PER_USER", "so many sockets may one user have"],
  handshake_rate: ["HANDSHAKES_PER_SECOND_PER_IP", "so many handshakes per second may come from one address"],
  server_full: ["MAX_CONNECTIONS", "so many sockets may one process have"],
  rate_limited: ["MESSAGES_PER_MINUTE", "so many messages may one user send per minute"],
  too_large: ["MAX_PAYLOAD_BYTES", "so large may a frame be"],
};

/** @typedef {{ variable: string, meaning: string, command: string }} Advice */

/** @param {string} code @returns {Advice | null} */
export function adviceFor(code) {
  const [variable, meaning] = advice[code] ?? [];
  if (variable === undefined) return null;
  return { variable, meaning, command: `${variable}=0 ./scripts/start.sh` };
}
