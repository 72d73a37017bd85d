import { sealClaims } from "../load/token.ts";

/** Longer than any run. */
const lifeSeconds = 6 * 3600;

/** A token as the stack's servers take it. */
export const loadToken = (secret: string, claims: object): string => sealClaims(secret, claims, lifeSeconds);
