/** The head of a request for a WebSocket; the key may be any, for the load does not check its answer. */
export function upgradeHead(path: string, ...headers: string[]): Uint8Array {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...headers,
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}
