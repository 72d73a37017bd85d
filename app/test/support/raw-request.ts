import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const deadlineMs = 5000;

/** Headers of a WebSocket request as RFC 6455 wants them. */
export const upgradeHeaders = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/**
 * One request exactly as given, where `fetch` would add, refuse or follow something, from one of this machine's
 * addresses. The socket closes with the answer.
 */
export function rawRequest(
  url: string,
  method = "GET",
  headers: Record<string, string> = {},
  from?: string,
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  const path = url.slice(url.indexOf(host) + host.length) || "/";
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect({ port: Number(port), host: hostname, localAddress: from }, () =>
      socket.write(text),
    );
    socket.setTimeout(deadlineMs, () =>
      reject(new Error(`no answer to ${method} ${path}, only: ${received}`)),
    );
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const answer = parseAnswer(received, method);
      if (answer === null) return;
      socket.destroy();
      resolve(answer);
    });
    socket.on("close", () => reject(new Error(`closed without an answer to ${method} ${path}: ${received}`)));
  });
}

/** Null while it is incomplete. */
function parseAnswer(text: string, method: string): RawAnswer | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]));
  const status = Number(statusLine.split(" ")[1]);
  const length = method === "HEAD" || status === 101 ? 0 : Number(headers.get("content-length") ?? 0);
  const body = text.slice(end + 4);
  return body.length < length ? null : { status, headers, body: body.slice(0, length) };
}
