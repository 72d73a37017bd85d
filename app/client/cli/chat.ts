import { isRoom } from "../../src/protocol/names.ts";
import { createClient, HoldlineError } from "../index.ts";
import { Conversation, describe } from "./conversation.ts";
import { reachServer } from "./reach-server.ts";
import { readArguments, UsageError } from "./read-arguments.ts";
import { Terminal } from "./terminal.ts";

const usage = `Chats in a room: lines that are typed or piped in are sent, what is said there is printed.

Usage: bun run chat [options]

  --room ROOM    such as room:lobby (the default) or group:staff
  --as NAME      who you are; with JWT_SECRET set a token is signed for this user, else it is
                 a guest's connectionId: whoever says the same is the same guest
  --token JWT    be who this token says
  --url URL      where the server is; default: this machine, port PORT or 3001
  --help         this text

/help lists what can be typed. At the end of input it waits until everything is stored, and exits with 1
if something could not be.`;

const text = { type: "string" } as const;
const options = {
  room: { ...text, default: "room:lobby" },
  as: text,
  token: text,
  url: text,
} as const;

const { client, room } = readArguments(usage, options, ({ room, as, token, url }) => {
  if (!isRoom(room)) throw new UsageError("--room: expected a name such as room:lobby");
  const client = createClient(reachServer({ url, token })(as, [room]));
  return { client, room: client.room(room) };
});

const terminal = new Terminal();
const conversation = new Conversation(client, room, terminal);
// The end of input, and of the loop below.
client.on("gaveUp", () => terminal.close());
try {
  await conversation.enter();
  for await (const line of terminal) if (!(await conversation.type(line))) break;
  await conversation.settled();
} catch (error) {
  if (!(error instanceof HoldlineError)) throw error;
  conversation.hasFailed = true;
  terminal.note(describe(error));
}
terminal.close();
process.exitCode = conversation.hasFailed || client.state === "stopped" ? 1 : 0;
client.close();
