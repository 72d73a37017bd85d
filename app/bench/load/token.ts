import { createHmac } from "node:crypto";

/** What tokens of the load are signed with; the server under load gets it as JWT_SECRET. */
export const LOAD_SECRET = "a secret of the load generator alone";

const HEADER = base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }));
const LIFETIME_SECONDS = 3600;

/** A token of a user of its own, as an issuer would sign it. */
export function signToken(userId: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const person = {
    sub: userId,
    name: `User ${userId.slice(0, 8)}`,
    picture: `https://example.com/${userId}`,
  };
  const claims = { ...person, iat, exp: iat + LIFETIME_SECONDS, rooms: ["group:team-*"] };
  const signed = `${HEADER}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${createHmac("sha256", LOAD_SECRET).update(signed).digest("base64url")}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
