import { errors } from "jose";

const missing = (claim: string): string => `The token has no \`${claim}\`.`;
const invalid = (claim: string): string => `The token's \`${claim}\` must be a number.`;

const failedChecks: Readonly<Record<string, string>> = {
  nbf: "The token is not valid yet.",
  iss: "The token is of another issuer.",
  aud: "The token is for another audience.",
};

/** The issuer publishes a key that is none, or one that is too weak or private. */
export const uselessKey = "The token is signed with a key that cannot be used.";

const problems: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "The token has expired.",
  ERR_JOSE_NOT_SUPPORTED: "The token asks for something that this server does not support.",
  ERR_JWKS_INVALID: uselessKey,
  ERR_JWKS_NO_MATCHING_KEY: "The token is signed with a key that is not known here.",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "The token's signature is not right.",
};

/** What kind of thing is wrong with a token, for whoever sent it; nothing of what it holds. */
export function tokenProblem(error: errors.JOSEError, algorithms: readonly string[]): string {
  if (error instanceof errors.JWTClaimValidationFailed) return claimProblem(error);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return `The token is not signed in a way that is accepted here: ${algorithms.join(", ")}.`;
  return problems[error.code] ?? noToken;
}

const noToken = "This is no valid token: expected a signed JWT.";

/** `claim` is one of those that we ask jose to check, never a name out of the token. */
function claimProblem({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === "missing") return missing(claim);
  if (reason === "invalid") return invalid(claim);
  return failedChecks[claim] ?? noToken;
}
