import type { User } from "../../src/chat/identity.ts";
import { ChatInstances } from "./chat-instances.ts";
import { type ChatWorld, type Client, settle } from "./chat-world.ts";

export const room = "room:a";
export const ann: User = { id: "ann", name: "Ann", image: "https://example.org/ann.png" };

/** Ann comes, unless it is somebody else. */
export const enter = (world: ChatWorld, connectionId = "phone", user = ann) =>
  world.join(room, connectionId, { user });

/** What a client was told of who came (+) and left (-). */
export const toldTo = ({ socket }: Client): string[] =>
  socket
    .framesOf("user_joined", "user_left")
    .map(({ type, payload }) => `${type === "user_joined" ? "+" : "-"}${payload.userId}`);

/** What an instance answers who asks for the room's presence: each user with their connections, ordered. */
export async function listedAt(world: ChatWorld) {
  const { payload } = await world.connect().ask("presence", { room });
  const { users, total } = payload as { users: { userId: string; connections: number }[]; total: number };
  return { users: users.map(({ userId, connections }) => `${userId} ${connections}`).sort(), total };
}

/** Three instances, with somebody on each who watches; what they were told of each other is forgotten. */
export async function watchedRoom(limits: ConstructorParameters<typeof ChatInstances>[0] = {}) {
  const instances = new ChatInstances(limits);
  const [a, b, c] = [instances.start("a"), instances.start("b"), instances.start("c")];
  const watchers: Client[] = [];
  for (const [index, world] of [a, b, c].entries()) {
    watchers.push(await world.join(room, `w${index}`));
    await settle();
  }
  for (const { socket } of watchers) socket.texts.length = 0;
  const told = () => watchers.map(toldTo);
  const after = async (ms: number) => {
    await settle();
    instances.clock.advance(ms);
    await settle();
  };
  return { instances, a, b, c, watchers, told, after };
}

/** What an instance reads of who is elsewhere waits until it is let through. */
export function holdReads({ hub }: ChatWorld): (() => void)[] {
  const { others } = hub.context.engine;
  const { presenceElsewhere } = others;
  const asked: (() => void)[] = [];
  others.presenceElsewhere = async (name) => {
    const read = await presenceElsewhere(name);
    await new Promise<void>((resolve) => asked.push(resolve));
    return read;
  };
  return asked;
}
