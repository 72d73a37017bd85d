import { commandPayloads } from "../../protocol/commands.ts";
import { eventPayloads, loggedFrame } from "../../protocol/events.ts";
import { responsePayloads } from "../../protocol/responses.ts";
import { toldEvents } from "./asyncapi-events.ts";

const [messageItem, notificationItem] = responsePayloads.history.properties.messages.items.anyOf;

/** Parts of several payloads. */
const parts = {
  Message: eventPayloads.chat_message.properties.message,
  MessageItem: messageItem,
  NotificationItem: notificationItem,
  LoggedFrame: loggedFrame,
  JoinedRoom: responsePayloads.join.properties.rooms.items,
  Changed: responsePayloads.message_edit,
};

/** `send_message` as `SendMessage`. */
const capitalize = (type: string): string =>
  type.replaceAll(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase());

const payloadsAs = (kind: string, payloads: Readonly<Record<string, object>>): [string, object][] =>
  Object.entries(payloads).map(([type, schema]) => [`${capitalize(type)}${kind}`, schema]);

const named: readonly [string, object][] = [
  ...Object.entries(parts),
  ...payloadsAs("Command", commandPayloads),
  ...payloadsAs("Response", responsePayloads),
  ...payloadsAs("Event", Object.fromEntries(toldEvents.map((type) => [type, eventPayloads[type]]))),
];

/** The first name of each: some payloads are the same. */
const nameOf: ReadonlyMap<unknown, string> = new Map(
  named.toReversed().map(([name, schema]) => [schema, name]),
);

/** Every payload and what several share, for `components`. */
export const namedSchemas = (): Record<string, object> =>
  Object.fromEntries(
    named
      .filter(([name, schema]) => nameOf.get(schema) === name)
      // Copies, which `writeReferring` does not take for something to refer to.
      .map(([name, schema]) => [name, { ...schema }]),
  );

/** As JSON, where every schema that has a name is a reference to it. */
export const writeReferring = (document: object): string =>
  JSON.stringify(document, (_key, value) => {
    const name = nameOf.get(value);
    return name === undefined ? value : { $ref: `#/components/schemas/${name}` };
  });
