import type { Side, Step } from "./proxy-step.ts";

type Fits = (step: Step) => boolean;

/** It holds a command or an event of this type. */
const holds =
  (from: Side, type: string): Fits =>
  (step) =>
    step.from === from && step.frames.some((frame) => frame.type === type);

const answers =
  (field: string): Fits =>
  ({ from, frames }) =>
    from === "server" &&
    frames.some(({ type, payload }) => type === "message_response" && payload[field] !== undefined);

/** The steps of the protocol at which a connection is worth losing. */
export const moments = {
  request: ({ kind, from, isUpgrade }) => kind === "head" && from === "client" && isUpgrade,
  accept: ({ kind, from, isUpgrade }) => kind === "head" && from === "server" && isUpgrade,
  greeting: holds("server", "connection_established"),
  join: holds("client", "join"),
  joinAnswer: answers("rooms"),
  message: holds("client", "send_message"),
  ack: answers("messageId"),
  event: holds("server", "chat_message"),
  goodbye: holds("server", "goodbye"),
} as const satisfies Record<string, Fits>;
