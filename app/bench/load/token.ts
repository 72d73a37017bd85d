import { createHmac } from "node:crypto";

/** What tokens of the load are signed with; the server under load gets it as JWT_SECRET. */
export const LOAD_SECRET = "a secret of the load generator alone";

const HEADER = base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }));
const LIFETIME_SECONDS = 3600;

/** A token of a user of its own, as an issuer would sign it. */
export function signToken(userId: string): string {
  const person = {
    sub: userId,
    name: `User ${userId.slice(0, 8)}`,
    picture: `https://example.com/${userId}`,
  };
  return sealClaims(LOAD_SECRET, { ...person, rooms: ["group:team-*"] }, LIFETIME_SECONDS);
}

/** A token with these claims, from now on; without a wait, since thousands are made before a load begins. */
export function sealClaims(secret: string, claims: object, lifeSeconds: number): string {
  const iat = Math.floor(Date.now() / 1000);
  const signed = `${HEADER}.${base64url(JSON.stringify({ ...claims, iat, exp: iat + lifeSeconds }))}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
