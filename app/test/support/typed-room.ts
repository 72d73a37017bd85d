import type { User } from "../../src/chat/identity.ts";
import { ChatWorld, type Client } from "./chat-world.ts";

export const room = "room:a";
export const ann: User = { id: "ann", name: "Ann", image: null };

/** What a client was told of typing. */
export const toldTo = ({ socket }: Client) =>
  socket.framesOf("typing").map(({ payload }) => `${payload.userId} ${payload.isTyping}`);

/** A room with somebody who watches and somebody who types. */
export async function typed() {
  const world = new ChatWorld();
  const watcher = await world.join(room, "watcher");
  const phone = await world.join(room, "phone", { user: ann });
  const type = (isTyping: boolean, client = phone) => client.ask("typing", { room, isTyping });
  return { world, watcher, phone, type };
}
