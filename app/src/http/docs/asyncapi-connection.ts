import { type CloseReason, closeCodes, mayReconnect } from "../../protocol/close-codes.ts";
import { handshakeRefusalCodes, handshakeRefusals } from "../../protocol/errors.ts";
import { connectionIdPattern, subprotocol } from "../../protocol/names.ts";
import { refuseHandshake } from "../handshake-refusal.ts";

/** How a connection begins and ends. */

const ways = {
  subprotocol: "As a second subprotocol, which keeps it out of URLs and so out of access logs.",
  authorization: "For clients that can set headers.",
  query: "For clients that can do neither. Access logs of proxies show URLs.",
};

export const securitySchemes = {
  subprotocol: {
    type: "httpApiKey",
    in: "header",
    name: "Sec-WebSocket-Protocol",
    description: `\`${subprotocol}, bearer.<JWT>\`. ${ways.subprotocol}`,
  },
  authorization: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: ways.authorization },
  query: { type: "httpApiKey", in: "query", name: "token", description: ways.query },
};

const security = Object.keys(securitySchemes).map((name) => ({
  $ref: `#/components/securitySchemes/${name}`,
}));
const variables = { host: { default: "localhost:3001", description: "Host, and port where it has one." } };

export const servers = {
  plain: { host: "{host}", protocol: "ws", description: "Without TLS.", variables, security },
  secure: { host: "{host}", protocol: "wss", description: "Behind a proxy with TLS.", variables, security },
};

export const parameters = {
  connectionId: {
    description: `Names the session, chosen by the client, best a UUID: \`${connectionIdPattern}\`. The same one again resumes the session within 60 s; never shown to other users. Without it (\`/ws/chat\`) the server makes one.`,
    examples: ["0b6f2c1e-5f0c-4c0e-9d53-9a5b8f3c7d10"],
  },
};

export const bindings = {
  ws: {
    method: "GET",
    query: { type: "object", properties: { token: { type: "string", description: ways.query } } },
    headers: {
      type: "object",
      properties: {
        "Sec-WebSocket-Protocol": {
          type: "string",
          description: `None means \`${subprotocol}\`; others are refused unless it is among them.`,
        },
        Authorization: { type: "string", description: "`Bearer <JWT>`." },
      },
    },
    bindingVersion: "0.1.0",
  },
};

/** By the code in the body `{"error": {"code", "message"}}`. */
export const describeHandshakeRefusals = (): Record<string, object> =>
  Object.fromEntries(
    handshakeRefusalCodes.map((code) => [
      code,
      { ...handshakeRefusals[code], message: refuseHandshake(code).message },
    ]),
  );

const endings: Readonly<Record<CloseReason, string>> = {
  normal: "Somebody has left on purpose.",
  protocol_error: "A frame broke the rules of WebSocket.",
  invalid_text: "A text frame was not UTF-8.",
  message_too_big: "A frame was larger than MAX_PAYLOAD_BYTES.",
  restart: "This server stops: another one takes over, or it comes back.",
  idle_timeout: "Nothing came from the client for too long.",
  overloaded: "The client read too slowly.",
  token_expired: "The token has expired: come back with another one.",
  flooding: "The client did not listen when it was told to slow down.",
  unauthorized: "The token is not valid any more.",
  replaced: "Another socket of the same session has taken over.",
  forbidden: "An administrator has closed the user's connections.",
  protocol_violation: "The client does not speak this protocol.",
};

/** By code; whether a client should come back by itself. */
export const describeCloseCodes = (): Record<string, object> =>
  Object.fromEntries(
    Object.entries(closeCodes).map(([name, code]) => [
      code,
      { name, reconnect: mayReconnect(code), description: endings[name as CloseReason] },
    ]),
  );
