import { commandId } from "./command-sender.ts";

/** About the length of a chat message; every frame of a benchmark has the same size. */
const CONTENT =
  "The quick brown fox jumps over the lazy dog, and one hundred characters make one message of the load";

export function sendMessageCommand(room: string): string {
  return command("send_message", { room, content: CONTENT });
}

export function echoCommand(): string {
  return command("message", { content: CONTENT });
}

export function pingCommand(): string {
  return command("ping", {});
}

function command(type: string, payload: object): string {
  return JSON.stringify({ type, id: commandId, payload });
}
