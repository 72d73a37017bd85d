import { hmac } from "k6/crypto";
import { b64encode } from "k6/encoding";

const header = b64encode(JSON.stringify({ alg: "HS256", typ: "JWT" }), "rawurl");
/** Longer than any run. */
const lifeSeconds = 6 * 3600;

/**
 * A token of a user of its own, as an issuer would sign it.
 * @param {string} userId
 * @param {string} secret the server's JWT_SECRET
 */
export function signUserToken(userId, secret) {
  const iat = Math.floor(Date.now() / 1000);
  const claims = b64encode(
    JSON.stringify({ sub: userId, name: userId, iat, exp: iat + lifeSeconds }),
    "rawurl",
  );
  const signed = `${header}.${claims}`;
  return `${signed}.${hmac("sha256", secret, signed, "base64rawurl")}`;
}
