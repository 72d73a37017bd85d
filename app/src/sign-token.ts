import { SignJWT } from "jose";
import type { Config } from "./config.ts";

/** Seconds since 1970, as tokens count. */
const now = (): number => Math.floor(Date.now() / 1000);

/** A token that a server of this configuration takes: with `iat`, and `iss` and `aud` where they are expected. */
export function signToken(
  { jwtSecret, jwtIssuer, jwtAudience }: Pick<Config, "jwtSecret" | "jwtIssuer" | "jwtAudience">,
  claims: Readonly<Record<string, unknown>>,
  lifeSeconds: number,
): Promise<string> {
  if (jwtSecret === undefined) throw new Error("JWT_SECRET: expected the secret of the server");
  const iat = now();
  const expected = {
    ...(jwtIssuer === undefined ? {} : { iss: jwtIssuer }),
    ...(jwtAudience === undefined ? {} : { aud: jwtAudience }),
  };
  return new SignJWT({ ...claims, ...expected, iat, exp: iat + lifeSeconds })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(new TextEncoder().encode(jwtSecret));
}
