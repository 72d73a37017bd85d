/** Every token of a handshake, wherever it is; more than one is more than the client may send. */
export function findTokens(request: Request, inSubprotocols: readonly string[]): readonly string[] {
  const authorization = request.headers.get("authorization");
  const query = request.url.indexOf("?");
  if (authorization === null && query < 0) return inSubprotocols;
  return [...inSubprotocols, ...inAuthorization(authorization), ...inQuery(request.url, query)];
}

/**
 * Other schemes are not for us: a proxy may ask for a password of its own. Several headers arrive as one, with commas
 * that no token holds.
 */
function inAuthorization(header: string | null): string[] {
  if (header === null) return [];
  const credentials = header.split(",").map((text) => text.trim());
  return credentials.some(isBearer) ? credentials.map((text) => text.replace(bearer, "")) : [];
}

const bearer = /^bearer(\s+|$)/i;
const isBearer = (text: string): boolean => bearer.test(text);

function inQuery(url: string, start: number): string[] {
  return start < 0 ? [] : new URLSearchParams(url.slice(start)).getAll("token");
}
