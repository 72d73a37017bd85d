import { holdlineWire } from "./holdline-wire.ts";
import type { Wire } from "./wire.ts";

/** About the length of a chat message; every frame of a benchmark has the same size. */
const CONTENT =
  "The quick brown fox jumps over the lazy dog, and one hundred characters make one message of the load";

export function sendMessageCommand(room: string, wire: Wire = holdlineWire): string {
  return wire.command("send_message", { room, content: CONTENT });
}

export function echoCommand(wire: Wire = holdlineWire): string {
  return wire.command("message", { content: CONTENT });
}

export function pingCommand(): string {
  return holdlineWire.command("ping", {});
}

export function historyCommand(room: string, before: number, limit: number): string {
  return holdlineWire.command("history", { room, before, limit });
}

export function joinCommand(rooms: object[]): string {
  return holdlineWire.command("join", { rooms });
}

export function leaveCommand(rooms: string[]): string {
  return holdlineWire.command("leave", { rooms });
}
