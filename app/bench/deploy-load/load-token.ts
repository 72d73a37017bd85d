import { createHmac } from "node:crypto";

const header = base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }));
/** Longer than any run. */
const lifeSeconds = 6 * 3600;

/** A token as the stack's servers take it. */
export function loadToken(secret: string, claims: object): string {
  const iat = Math.floor(Date.now() / 1000);
  const signed = `${header}.${base64url(JSON.stringify({ ...claims, iat, exp: iat + lifeSeconds }))}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
