/** Every token of a handshake, wherever it is; more than one is more than the client may send. */
export function findTokens(request: Request, inSubprotocols: readonly string[]): readonly string[] {
  return [...inSubprotocols, ...inAuthorization(request), ...inQuery(request.url)];
}

/**
 * Other schemes are not for us: a proxy may ask for a password of its own. Several headers arrive as one, with commas
 * that no token holds.
 */
function inAuthorization(request: Request): string[] {
  const header = request.headers.get("authorization");
  if (header === null) return [];
  const credentials = header.split(",").map((text) => text.trim());
  return credentials.some(isBearer) ? credentials.map((text) => text.replace(bearer, "")) : [];
}

const bearer = /^bearer(\s+|$)/i;
const isBearer = (text: string): boolean => bearer.test(text);

function inQuery(url: string): string[] {
  const start = url.indexOf("?");
  return start < 0 ? [] : new URLSearchParams(url.slice(start)).getAll("token");
}
