import { afterEach, beforeEach, expect, test } from "bun:test";
import { followPage } from "../../client/page-lifecycle.ts";

let calls: string[];
let isHidden: boolean;
let unfollow: () => void;

const session = {
  hurry: () => void calls.push("hurry"),
  pause: () => void calls.push("pause"),
  start: () => void calls.push("start"),
};

beforeEach(() => {
  calls = [];
  isHidden = false;
  const page = Object.defineProperty(new EventTarget(), "hidden", { get: () => isHidden });
  Object.assign(globalThis, { document: page });
  unfollow = followPage(session);
});

afterEach(() => {
  unfollow();
  Reflect.deleteProperty(globalThis, "document");
});

const happen = (target: EventTarget, type: string, persisted = false) =>
  target.dispatchEvent(Object.assign(new Event(type), { persisted }));

test("a page that is shown, resumed or online again looks after its connection at once", () => {
  happen(document, "visibilitychange");
  happen(document, "resume");
  happen(globalThis, "online");
  expect(calls).toEqual(["hurry", "hurry", "hurry"]);
});

test("a page that is hidden keeps its connection", () => {
  isHidden = true;
  happen(document, "visibilitychange");
  expect(calls).toEqual([]);
});

test("a page that is put aside lets its connection go, and has one again when it is back", () => {
  happen(globalThis, "pagehide", true);
  happen(globalThis, "pageshow", true);
  expect(calls).toEqual(["pause", "start"]);
});

test("a page that is left for good, or loaded first, needs neither", () => {
  happen(globalThis, "pageshow");
  happen(globalThis, "pagehide");
  expect(calls).toEqual([]);
});

test("what is not followed any more changes nothing", () => {
  unfollow();
  happen(globalThis, "online");
  happen(document, "resume");
  expect(calls).toEqual([]);
});

test("where there is no page there is nothing to follow", () => {
  Reflect.deleteProperty(globalThis, "document");
  const before = calls.length;
  followPage(session)();
  expect(calls.length).toBe(before);
});
