// What each virtual user does, whichever the scenario. The environment, or k6's -e NAME=VALUE, says:
//   URL                where the server is (http://localhost:3001)
//   JWT_SECRET         the server's, where it has one; else all are guests
//   INTERVAL_MS        between two messages of one user (as the scenario says; at least 1000 where MESSAGES_PER_MINUTE is 60)
//   ROOM_MEMBERS       users of a room (10)
//   SCALE, TIME        factors of a scenario: of users and time, and of time once more (1, 1)
//   USERS_MAX          what the way to the server can carry
//   PATIENCE           how many times as long as usual connects and messages may take (1)
//   SUMMARY            a file that gets k6's summary as JSON
import exec from "k6/execution";
import { intervalMsOf, scaleOf, sessionSeconds } from "./load-scenarios.js";
import { summarize } from "./load-summary.js";
import { signUserToken } from "./user-token.js";
import { VirtualUser } from "./virtual-user.js";

const url = (__ENV.URL || "http://localhost:3001").replace(/^http/, "ws").replace(/\/$/, "");
const secret = __ENV.JWT_SECRET;
const roomMembers = Number(__ENV.ROOM_MEMBERS || 10);
const sessionMs = sessionSeconds(scaleOf(__ENV)) * 1000;

/** Of all virtual users: runs must not meet in rooms. */
export function setup() {
  return { run: Date.now().toString(36) };
}

/** @param {{ run: string }} shared */
export default function visit({ run }) {
  const { idInTest, iterationInInstance } = exec.vu;
  const endsAt = Date.now() + sessionMs * (0.75 + Math.random() / 2);
  const user = `k6-${run}-${idInTest}`;
  new VirtualUser({
    way: { url: `${url}/ws/chat/${user}`, protocols: protocolsOf(user), address: addressOf(idInTest) },
    room: `room:k6-${run}-${Math.floor((idInTest - 1) / roomMembers)}`,
    sender: `${idInTest}-${iterationInInstance}`,
    intervalMs: Number(__ENV.INTERVAL_MS || intervalMsOf(exec.scenario.name)),
    isOver: () => Date.now() >= endsAt || exec.scenario.progress >= 1,
  }).come();
}

/** @param {any} data */
export function handleSummary(data) {
  return summarize(data, __ENV.SUMMARY);
}

/** @param {string} user */
function protocolsOf(user) {
  return secret ? ["holdline.v1", `bearer.${signUserToken(user, secret)}`] : ["holdline.v1"];
}

/**
 * One for each user, from the range for benchmarks (RFC 2544); believed where TRUSTED_PROXIES names this machine.
 * @param {number} user
 */
function addressOf(user) {
  return `198.${18 + ((user >> 16) & 1)}.${(user >> 8) & 255}.${user & 255}`;
}
