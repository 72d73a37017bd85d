import { bytesFrom, httpUrl, jwt, listOf, matching } from "./config-parsers.ts";

/** As long as the hash, as RFC 7518 §3.2 asks for. */
const secretBytesMin = 32;

/** How tokens are checked, and those that a deploy uses. */
export const tokenVariables = {
  JWT_SECRET: {
    ...bytesFrom(secretBytesMin),
    fallback: undefined,
    shownDefault: "–",
    description: `secret of at least ${secretBytesMin} bytes that tokens are signed with (HS256)`,
  },
  JWKS_URL: {
    ...httpUrl,
    fallback: undefined,
    shownDefault: "–",
    description: "where the public keys are that tokens are checked with (RS256, ES256, EdDSA)",
  },
  JWT_ISSUER: {
    ...matching(/\S/, "the `iss` of every token"),
    fallback: undefined,
    shownDefault: "–",
    description: "what `iss` of a token must be",
  },
  JWT_AUDIENCE: {
    ...matching(/\S/, "the `aud` of every token"),
    fallback: undefined,
    shownDefault: "–",
    description: "what `aud` of a token must be or hold",
  },
  DEPLOY_PROBE_TOKENS: {
    ...listOf("tokens", jwt),
    fallback: [],
    shownDefault: "–",
    description:
      "tokens of two users or more that a deploy's probe and smoke test use where `JWT_SECRET` is not set, separated by commas",
  },
} as const;
