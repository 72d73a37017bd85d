/** What an error's code means to somebody who looks on. */
const words = {
  closed_1005: "The connection was closed.",
  closed_1006: "The connection was lost.",
  restart: "The server restarts.",
  draining: "The server restarts.",
  replaced: "This session was opened in another place. Take a new id to connect as well.",
  token_expired: "The token has expired: enter a new one.",
  closed: "Disconnected.",
};

/**
 * How the connection is, in words. `retryAt`: when the next attempt is due.
 *
 * @param {string} state @param {{ code: string, message: string } | null} error @param {number} retryAt
 */
export function stateWords(state, error, retryAt) {
  const why = error === null ? "" : (words[error.code] ?? error.message);
  const offline = navigator.onLine ? why : "You are offline.";
  if (state === "connected") return "Connected";
  if (state === "waiting") return `${offline} ${waitingWords(retryAt)}`.trim();
  if (state === "stopped") return why || words.closed;
  return "Connecting …";
}

/** @param {number} retryAt */
function waitingWords(retryAt) {
  const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  return seconds === 0 ? "Connecting again …" : `Connecting again in ${seconds} s`;
}
