import { describe, expect, test } from "bun:test";
import { isOriginAllowed, normalizeOrigin } from "../../src/http/origin.ts";

const host = "chat.example.com:3001";
const listed = ["https://app.example.com", "http://10.0.0.5:8080", "null", "app://holdline"];

type Case = [origin: string, host: string | null, allowed: readonly string[], isAllowed: boolean];

describe("an origin", () => {
  const cases: Case[] = [
    ["https://chat.example.com", host, [], true],
    ["http://chat.example.com:8080", host, [], true],
    ["https://CHAT.example.com", host, [], true],
    ["https://chat.example.com", "CHAT.EXAMPLE.COM", [], true],
    ["https://chat.example.com", null, [], false],
    ["https://example.com", host, [], false],
    ["https://chat.example.com.evil.example", host, [], false],
    ["https://evil.example/chat.example.com", host, [], false],
    ["https://chat.example.com@evil.example", host, [], false],
    ["http://[2001:db8::1]:8080", "[2001:db8::1]:3001", [], true],
    ["http://[2001:db8::2]", "[2001:db8::1]:3001", [], false],
    ["http://192.0.2.1", "192.0.2.1:3001", [], true],
    ["http://localhost", host, [], true],
    ["https://localhost:5173", host, [], true],
    ["http://127.0.0.1:5173", host, [], true],
    ["http://[::1]:5173", host, [], true],
    ["http://app.localhost:5173", host, [], true],
    ["capacitor://localhost", host, [], true],
    ["http://localhost.evil.example", host, [], false],
    ["http://127.0.0.2", host, [], false],
    ["null", host, [], false],
    ["file://", host, [], false],
    ["", host, [], false],
    ["", "", [], false],
    ["file://", "", [], false],
    ["https://evil.example://chat.example.com:3001", host, [], false],
    ["*", host, [], false],
    ["chat.example.com", host, [], false],
    ["https://app.example.com", host, listed, true],
    ["https://app.example.com:443", host, listed, true],
    ["http://app.example.com", host, listed, false],
    ["https://app.example.com:8443", host, listed, false],
    ["https://sub.app.example.com", host, listed, false],
    ["http://10.0.0.5:8080", host, listed, true],
    ["null", host, listed, true],
    ["file://", host, listed, false],
    ["file://", host, ["file://"], true],
    ["app://holdline", host, listed, true],
    ["https://chat.example.com", host, listed, true],
    ["http://localhost:5173", host, listed, false],
    ["http://localhost:5173", host, ["http://localhost"], true],
    ["https://evil.example", host, ["*"], true],
    ["null", host, ["*"], true],
    ["https://a.example, https://chat.example.com", host, [], false],
  ];
  test.each(cases)("%s to %p with %j allowed: %p", (origin, to, allowed, isAllowed) => {
    expect(isOriginAllowed(origin, to, allowed)).toBe(isAllowed);
  });

  test.each([
    ["https://App.Example.com:443", "https://app.example.com"],
    ["http://localhost:5173", "http://localhost:5173"],
    ["null", "null"],
    ["file://", "file://"],
    ["*", null],
    ["nonsense", null],
    ["https://a.example/path", null],
  ])("%s is named %p", (origin, name) => {
    expect(normalizeOrigin(origin)).toBe(name);
  });
});
