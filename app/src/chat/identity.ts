/** Who somebody is to others. */
export interface User {
  /** 1–128 characters, no control characters. */
  readonly id: string;
  readonly name: string;
  readonly image: string | null;
}

/** Who somebody is and what they may do: what their token says. Times are ms since 1970. */
export interface Identity {
  readonly user: User;
  /** Rooms that the token opens, `*` at the end allowed. */
  readonly rooms: readonly string[];
  /** Everything: others' messages, members, blocks, disconnects. */
  readonly isAdmin: boolean;
  /** Writes for others and to any room, and sends notifications; a backend. */
  readonly mayPublish: boolean;
  /** 0: the token does not say. */
  readonly issuedAt: number;
  /** Null: never, which only guests are. */
  readonly expiresAt: number | null;
}

export type TokenVerdict =
  | { readonly ok: true; readonly identity: Identity }
  /** `unavailable`: the keys could not be fetched, so nothing is known about the token. */
  | { readonly ok: false; readonly code: "unauthorized" | "unavailable"; readonly message: string };

export interface TokenVerifier {
  /** Never rejects. The message says what is wrong, and nothing that the token holds. */
  verify(token: string): Promise<TokenVerdict>;
}

export const guestIdentity = (user: User): Identity => ({
  user,
  rooms: [],
  isAdmin: false,
  mayPublish: false,
  issuedAt: 0,
  expiresAt: null,
});
