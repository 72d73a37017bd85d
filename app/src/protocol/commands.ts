import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { limits } from "./limits.ts";
import { roomPattern } from "./names.ts";

/** What clients send: one payload schema for each command type, compiled once. Unknown fields are ignored. */

const room = Type.String({ pattern: roomPattern });
const seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const messageId = Type.String({
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
});
const content = Type.String({ minLength: 1, maxLength: limits.messageChars });
const meta = Type.Optional(Type.Record(Type.String(), Type.Unknown()));

const joinRoom = Type.Object({
  room,
  epoch: Type.Optional(Type.String({ maxLength: 64 })),
  seq: Type.Optional(seq),
  replayMax: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.replayMax })),
});

export const commandPayloads = {
  message: Type.Object({ content: Type.Unknown() }),
  join: Type.Object({ rooms: Type.Array(joinRoom, { minItems: 1, maxItems: limits.joinRooms }) }),
  leave: Type.Object({ rooms: Type.Array(room, { minItems: 1, maxItems: limits.joinRooms }) }),
  send_message: Type.Object({ room, content, meta }),
  message_edit: Type.Object({ room, messageId, content, meta }),
  message_delete: Type.Object({ room, messageId }),
  reaction: Type.Object({
    room,
    messageId,
    emoji: Type.String({ minLength: 1, maxLength: limits.emojiChars }),
    action: Type.Union([Type.Literal("add"), Type.Literal("remove")]),
  }),
  typing: Type.Object({ room, isTyping: Type.Boolean() }),
  history: Type.Object({
    room,
    before: Type.Optional(seq),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.historyPage })),
  }),
  presence: Type.Object({ room }),
  rooms: Type.Object({}),
  refresh_token: Type.Object({ token: Type.String({ minLength: 1, maxLength: limits.tokenChars }) }),
  batch: Type.Object({
    commands: Type.Array(Type.Unknown(), { minItems: 1, maxItems: limits.batchCommands }),
  }),
  ping: Type.Object({}),
} as const satisfies Record<string, TSchema>;

export type CommandType = keyof typeof commandPayloads;
export const commandTypes = Object.keys(commandPayloads) as readonly CommandType[];

export type Payload<T extends CommandType> = Static<(typeof commandPayloads)[T]>;
export type JoinRoom = Static<typeof joinRoom>;

/** A command that has passed its schema. */
export type Command = {
  [T in CommandType]: { readonly type: T; readonly id: string | null; readonly payload: Payload<T> };
}[CommandType];

/** A Map, not an object: a client may name a type `__proto__`. */
export const payloadChecks: ReadonlyMap<string, TypeCheck<TSchema>> = new Map(
  Object.entries(commandPayloads).map(([type, schema]) => [type, TypeCompiler.Compile<TSchema>(schema)]),
);
