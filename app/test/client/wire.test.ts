import { expect, test } from "bun:test";
import type { RoomEvents } from "../../client/room-events.ts";
import type * as wire from "../../client/wire.ts";
import type { EventPayload } from "../../src/protocol/events.ts";
import type { ResponsePayload } from "../../src/protocol/responses.ts";

// The SDK's types are written by hand, so that it needs no other package. `tsc` holds them to the protocol's schemas.

type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T;
type Equal<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

/** Has no second argument to give where the two differ. */
const isSame = <A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): boolean => true;

type Replace<T, R> = Omit<T, keyof R> & R;
type Joined = ResponsePayload<"join">["rooms"][number];
type InRoom<T> = Omit<T, "room" | "epoch">;

test("what the server answers is what the SDK says", () => {
  expect(isSame<wire.Message, EventPayload<"chat_message">["message"]>()).toBe(true);
  expect(
    isSame<wire.StoredMessage | wire.Notification, ResponsePayload<"history">["messages"][number]>(),
  ).toBe(true);
  expect(isSame<wire.PresentUser, ResponsePayload<"presence">["users"][number]>()).toBe(true);
  expect(isSame<wire.Presence, Omit<ResponsePayload<"presence">, "room">>()).toBe(true);
  expect(isSame<wire.Goodbye, EventPayload<"goodbye">>()).toBe(true);
  expect(isSame<Replace<wire.Greeting, { protocol: 1 }>, EventPayload<"connection_established">>()).toBe(
    true,
  );
  expect(isSame<Omit<wire.Stored, "createdAt">, Omit<ResponsePayload<"message_edit">, "room">>()).toBe(true);
  expect(isSame<Required<wire.Stored>, Omit<ResponsePayload<"send_message">, "room">>()).toBe(true);
  expect(
    isSame<Omit<wire.HistoryPage, "messages">, Omit<ResponsePayload<"history">, "room" | "messages">>(),
  ).toBe(true);
});

test("what a join answers, events apart, which may be of types that are still to come", () => {
  type Recovered = Extract<wire.JoinAnswer, { recovered: true }>;
  type Reset = Extract<wire.JoinAnswer, { recovered: false }>;
  type Refused = Extract<wire.JoinAnswer, { ok: false }>;
  type Given = Extract<Joined, { recovered: true }>;
  expect(isSame<Omit<Recovered, "events" | "more">, Omit<Given, "events" | "more">>()).toBe(true);
  expect(isSame<Reset, Extract<Joined, { recovered: false }>>()).toBe(true);
  expect(isSame<Refused, Extract<Joined, { ok: false }>>()).toBe(true);
  expect(isSame<wire.ResetReason, Extract<Joined, { recovered: false }>["reason"]>()).toBe(true);
});

test("what a room tells is what the server sends, but for the room itself", () => {
  expect(
    isSame<
      Replace<RoomEvents["edit"], { meta: wire.Message["meta"] }>,
      InRoom<EventPayload<"message_edit">>
    >(),
  ).toBe(true);
  expect(isSame<RoomEvents["delete"], InRoom<EventPayload<"message_delete">>>()).toBe(true);
  expect(isSame<RoomEvents["reaction"], InRoom<EventPayload<"reaction">>>()).toBe(true);
  expect(isSame<RoomEvents["notification"], InRoom<EventPayload<"notification">>>()).toBe(true);
  expect(isSame<RoomEvents["typing"], InRoom<EventPayload<"typing">>>()).toBe(true);
  expect(isSame<RoomEvents["userJoined"], InRoom<EventPayload<"user_joined">>>()).toBe(true);
});

test("a difference is noticed", () => {
  // @ts-expect-error A field is missing.
  expect(isSame<Omit<wire.User, "userName">, wire.User>()).toBe(true);
  // @ts-expect-error A field may be null.
  expect(isSame<Replace<wire.User, { userImage: string }>, wire.User>()).toBe(true);
  // @ts-expect-error A field may be missing.
  expect(isSame<wire.Stored, Required<wire.Stored>>()).toBe(true);
});
