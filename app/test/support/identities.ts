import { guestIdentity, type Identity } from "../../src/chat/identity.ts";

/** Somebody whose id and name are the same, with what else their token says. */
export const identityOf = (userId: string, rights: Partial<Identity> = {}): Identity => ({
  ...guestIdentity({ id: userId, name: userId, image: null }),
  ...rights,
});

export const admin = identityOf("root", { isAdmin: true });
