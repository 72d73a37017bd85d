import { type TSchema, Type } from "@sinclair/typebox";
import { type CommandType, commandPayloads, commandTypes } from "../../protocol/commands.ts";
import { eventPayloads } from "../../protocol/events.ts";
import { limits } from "../../protocol/limits.ts";
import { responsePayloads } from "../../protocol/responses.ts";
import { examples } from "../api/api-schemas.ts";
import { commandDescriptions } from "./asyncapi-commands.ts";
import { eventDescriptions, type ToldEvent, toldEvents } from "./asyncapi-events.ts";

interface FrameDescription {
  readonly type: string;
  readonly payload: TSchema;
  readonly example: object;
  readonly summary: string;
  readonly description?: string;
  readonly hasId: boolean;
}

const id = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: limits.commandIdChars,
    description: "Correlates a command and its answer; of a write the idempotency key, best a UUID.",
  }),
);

/** `send_message` as `sendMessage`. */
const camelCase = (type: string): string =>
  type.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());

export const commandName = (type: CommandType): string => `${camelCase(type)}Command`;
export const responseName = (type: CommandType): string => `${camelCase(type)}Response`;
export const eventName = (type: ToldEvent): string => `${camelCase(type)}Event`;

/** Every frame of the protocol by its name in the document. */
export const describeMessages = (): Record<string, object> => ({
  ...Object.fromEntries(commandTypes.map((type) => [commandName(type), describeCommand(type)])),
  ...Object.fromEntries(commandTypes.map((type) => [responseName(type), describeResponse(type)])),
  ...Object.fromEntries(toldEvents.map((type) => [eventName(type), describeEvent(type)])),
});

function describeCommand(type: CommandType): object {
  const payload = commandPayloads[type];
  return describeFrame({ ...commandDescriptions[type], type, payload, hasId: true });
}

function describeResponse(type: CommandType): object {
  return describeFrame({
    type: type === "ping" ? "pong" : "message_response",
    payload: responsePayloads[type],
    example: commandDescriptions[type].response,
    summary: `What \`${type}\` is answered with`,
    hasId: true,
  });
}

function describeEvent(type: ToldEvent): object {
  return describeFrame({ hasId: false, ...eventDescriptions[type], type, payload: eventPayloads[type] });
}

function describeFrame({ type, payload, example, summary, description, hasId }: FrameDescription): object {
  const fields = { type: Type.Literal(type), ...(hasId ? { id } : {}), payload };
  const frame = { type, ...(hasId ? { id: examples.commandId } : {}), payload: example };
  return {
    name: type,
    summary,
    description,
    contentType: "application/json",
    ...(hasId ? { correlationId: { location: "$message.payload#/id" } } : {}),
    payload: {
      ...Type.Object(fields),
      required: payload.required === undefined ? ["type"] : ["type", "payload"],
    },
    examples: [{ name: type, payload: frame }],
  };
}
