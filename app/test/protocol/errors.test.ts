import { expect, test } from "bun:test";
import {
  describeRefusal,
  errorCodes,
  errors,
  handshakeRefusals,
  refuse,
  refuseRate,
} from "../../src/protocol/errors.ts";

const mayBeRepeated = "token_expired rate_limited too_many_in_flight unavailable internal";
const mayNot =
  "bad_message unknown_type unauthorized forbidden not_joined not_found too_large id_conflict room_limit";

test("the codes are those of the protocol, and say whether to repeat the command", () => {
  const retryable = errorCodes.filter((code) => errors[code].retryable);
  expect([...retryable].sort()).toEqual(mayBeRepeated.split(" ").sort() as typeof retryable);
  expect(errorCodes.length).toBe(`${mayBeRepeated} ${mayNot}`.split(" ").length);
  expect([...errorCodes]).toEqual(expect.arrayContaining(mayNot.split(" ")));
});

test.each([...errorCodes])("%s has a message of its own, a whole sentence", (code) => {
  expect(errors[code].message).toMatch(/^[A-Z].*\.$/);
  expect(errorCodes.filter((other) => errors[other].message === errors[code].message)).toEqual([code]);
});

test("an unknown outcome says what to do about it", () => {
  for (const code of ["unavailable", "internal"] as const) {
    expect(errors[code].message).toContain("repeat with the same id");
  }
});

test("a refusal speaks for its code unless it has something better to say", () => {
  expect(refuse("not_joined")).toEqual({ ok: false, code: "not_joined", message: errors.not_joined.message });
  expect(refuse("forbidden", "No.")).toEqual({ ok: false, code: "forbidden", message: "No." });
});

test("one for the rate says when to come back", () => {
  const { message } = errors.rate_limited;
  expect(refuseRate(20)).toEqual({ ok: false, code: "rate_limited", message, retryAfterMs: 20 });
});

test("clients are told all of a refusal, and no more", () => {
  const [late, never] = [refuseRate(20), refuse("forbidden", "No.")].map((it) =>
    JSON.stringify(describeRefusal(it)),
  );
  expect(JSON.parse(late ?? "")).toEqual({ code: "rate_limited", ...errors.rate_limited, retryAfterMs: 20 });
  expect(JSON.parse(never ?? "")).toEqual({ code: "forbidden", message: "No.", retryable: false });
});

test("a handshake is refused with the HTTP status that fits, and a time to come back where waiting helps", () => {
  const statuses = Object.entries(handshakeRefusals).map(([code, { status }]) => [code, status]);
  expect(Object.fromEntries(statuses)).toEqual({
    bad_request: 400,
    unsupported_version: 400,
    unauthorized: 401,
    origin_forbidden: 403,
    session_taken: 409,
    upgrade_required: 426,
    connection_limit_ip: 429,
    connection_limit_user: 429,
    handshake_rate: 429,
    server_full: 503,
    draining: 503,
    unavailable: 503,
  });
  for (const { status, retryAfterSeconds } of Object.values(handshakeRefusals)) {
    expect(retryAfterSeconds !== null && retryAfterSeconds > 0).toBe(status === 429 || status === 503);
  }
});
