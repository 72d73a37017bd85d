import { errors } from "../../protocol/errors.ts";
import {
  bindings,
  describeCloseCodes,
  describeHandshakeRefusals,
  parameters,
  securitySchemes,
  servers,
} from "./asyncapi-connection.ts";
import { describeMessages } from "./asyncapi-messages.ts";
import { describeOperations } from "./asyncapi-operations.ts";
import { namedSchemas, writeReferring } from "./asyncapi-schemas.ts";

const description = `Chat and notifications over one WebSocket. Frames are JSON text \`{type, id?, payload}\`: clients send commands, the
server answers each and sends events.

**Handshake.** \`GET /ws/chat/<connectionId>\` with the token in one of three places; in more than one it is refused. Where
the server checks no tokens, everybody is a guest. A refusal is an HTTP answer \`{"error": {"code", "message"}}\` (see
\`x-handshake-refusals\`). A plain GET of the same URL, which asks for no WebSocket, is answered with the same verdict and
claims nothing; 426 then means that a connection would be accepted.

**Answers.** Every command with an \`id\` gets exactly one \`message_response\`, \`pong\` or \`error\` with it. Commands of one
connection take effect and are answered in the order in which they came.

**Order.** The events of a room's log carry \`epoch\` and \`seq\`, which counts without gaps. Each joined socket gets one frame
for each seq, in order: the event, \`skipped\`, or the answer to its own write. A client that comes back joins with the
last (epoch, seq) that it saw, on any instance, and gets what it missed.

**Evolution.** Fields that are not described are ignored, and clients ignore events of types they do not know, but count
their seq. Lengths are counted in UTF-16 units, times in milliseconds since 1970.

**Ending.** A \`goodbye\` comes before every close that the server decides on. After codes from 4500 to 4999 a client does
not reconnect by itself (see \`x-close-codes\`).`;

/** The protocol as AsyncAPI 3, from the schemas that check and type it. */
export function describeProtocol(version: string): string {
  const messages = describeMessages();
  return writeReferring({
    asyncapi: "3.0.0",
    info: { title: "Holdline", version, description, license: { name: "MIT" } },
    defaultContentType: "application/json",
    servers,
    channels: { chat: describeChannel(Object.keys(messages)) },
    operations: describeOperations(),
    components: { messages, schemas: namedSchemas(), securitySchemes },
  });
}

const describeChannel = (messageNames: readonly string[]): object => ({
  address: "/ws/chat/{connectionId}",
  title: "One connection",
  parameters,
  messages: Object.fromEntries(messageNames.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
  bindings,
  "x-handshake-refusals": describeHandshakeRefusals(),
  "x-close-codes": describeCloseCodes(),
  "x-error-codes": errors,
});
