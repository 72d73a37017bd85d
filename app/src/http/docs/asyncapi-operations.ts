import { type CommandType, commandTypes } from "../../protocol/commands.ts";
import { errors } from "../../protocol/errors.ts";
import { commandDescriptions, commonRefusals } from "./asyncapi-commands.ts";
import { eventDescriptions, type ToldEvent, toldEvents } from "./asyncapi-events.ts";
import { commandName, eventName, responseName } from "./asyncapi-messages.ts";

const channel = { $ref: "#/channels/chat" };
const message = (name: string) => ({ $ref: `#/channels/chat/messages/${name}` });

/** What the server does: it receives each command and answers it, and it sends each event. */
export const describeOperations = (): Record<string, object> => ({
  ...Object.fromEntries(commandTypes.map((type) => [commandName(type), receive(type)])),
  ...Object.fromEntries(toldEvents.map((type) => [eventName(type), send(type)])),
});

function receive(type: CommandType): object {
  const { summary, description, refusals } = commandDescriptions[type];
  return {
    action: "receive",
    channel,
    title: type,
    summary,
    description,
    messages: [message(commandName(type))],
    reply: { channel, messages: [message(responseName(type)), message(eventName("error"))] },
    "x-error-codes": Object.fromEntries(
      [...commonRefusals, ...refusals].map((code) => [code, errors[code].message]),
    ),
  };
}

function send(type: ToldEvent): object {
  const { summary, description } = eventDescriptions[type];
  return { action: "send", channel, title: type, summary, description, messages: [message(eventName(type))] };
}
