/** Every token of a handshake, wherever it is; more than one is more than the client may send. */
export function findTokens(request: Request, inSubprotocols: readonly string[]): readonly string[] {
  return [...inSubprotocols, ...inAuthorization(request), ...inQuery(request.url)];
}

/** Other schemes are not for us: a proxy may ask for a password of its own. */
function inAuthorization(request: Request): string[] {
  const header = request.headers.get("authorization");
  const match = header === null ? null : /^bearer(?:\s+(.*))?$/i.exec(header);
  return match === null ? [] : [match[1] ?? ""];
}

function inQuery(url: string): string[] {
  const start = url.indexOf("?");
  return start < 0 ? [] : new URLSearchParams(url.slice(start)).getAll("token");
}
