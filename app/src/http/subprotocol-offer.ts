import { subprotocol } from "../protocol/names.ts";

/** What a client offers in Sec-WebSocket-Protocol, where browsers can put a token without showing it in a URL. */
export interface SubprotocolOffer {
  /**
   * False if something is offered, but not what we speak. RFC 6455 would allow to go on without a subprotocol, but
   * browsers then fail the connection after we have accepted it: a refusal tells them why.
   */
  readonly isSupported: boolean;
  /** What the answer names; null if nothing was offered, which means version 1. */
  readonly selected: string | null;
  readonly tokens: readonly string[];
}

const tokenPrefix = "bearer.";
const noOffer: SubprotocolOffer = { isSupported: true, selected: null, tokens: [] };

export function readSubprotocolOffer(header: string | null): SubprotocolOffer {
  if (header === null) return noOffer;
  const names = header
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const tokens = names.filter(isToken).map((name) => name.slice(tokenPrefix.length));
  const isSupported = names.length === 0 || names.includes(subprotocol);
  return { isSupported, selected: isSupported && names.length > 0 ? subprotocol : null, tokens };
}

const isToken = (name: string): boolean => name.startsWith(tokenPrefix);
