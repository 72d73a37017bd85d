import type { JWTPayload } from "jose";
import type { Identity, User } from "../../chat/identity.ts";
import { isUserId } from "../../protocol/names.ts";

const nameChars = 128;
const imageChars = 2048;
const roomsMax = 1000;
/** One for all: every connection keeps what its token says. */
const noRooms: readonly string[] = [];
/** The last moment that a Date can hold. */
const timeMax = 8_640_000_000_000_000;

const imageExpression = /^https?:\/\/[^\s\p{Cc}]+$/iu;

export type ReadIdentity =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly message: string };

/** Who a token's claims are about. Its `exp` is there and a number, and `iat` a number if it is there. */
export function readIdentity(claims: JWTPayload): ReadIdentity {
  const { sub, exp = Number.NaN, iat = 0, rooms } = claims;
  if (!isString(sub) || !isUserId(sub)) return { ok: false, message: badSubject };
  if (!Number.isFinite(exp)) return { ok: false, message: badExpiry };
  const scopes = scopesOf(claims.scope);
  const identity = {
    user: readUser(sub, claims),
    rooms: Array.isArray(rooms) ? rooms.filter(isString).slice(0, roomsMax) : noRooms,
    isAdmin: scopes.includes("admin"),
    mayPublish: scopes.includes("publish"),
    issuedAt: toTime(iat),
    expiresAt: toTime(exp),
  };
  return { ok: true, identity };
}

const badSubject =
  "The token's `sub` must be a text of 1 to 128 characters, none of them a control character.";
const badExpiry = "The token's `exp` must be a finite number.";

function readUser(id: string, { name, picture }: JWTPayload): User {
  const image = isString(picture) && isImage(picture) ? picture : null;
  return { id, name: isString(name) && name !== "" ? shorten(name.toWellFormed()) : id, image };
}

function isImage(text: string): boolean {
  return text.length <= imageChars && text.isWellFormed() && imageExpression.test(text) && URL.canParse(text);
}

/** Never between the halves of a surrogate pair. */
function shorten(text: string): string {
  const short = text.slice(0, nameChars);
  return short.isWellFormed() ? short : short.slice(0, -1);
}

function scopesOf(scope: unknown): readonly unknown[] {
  if (isString(scope)) return scope.split(" ");
  return Array.isArray(scope) ? scope : [];
}

/** From seconds, which may have fractions, to ms. */
const toTime = (seconds: number): number => Math.min(Math.max(0, Math.floor(seconds * 1000)), timeMax);

const isString = (value: unknown): value is string => typeof value === "string";
