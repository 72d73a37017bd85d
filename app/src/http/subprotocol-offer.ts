import { subprotocol } from "../protocol/names.ts";

/** What a client offers in Sec-WebSocket-Protocol, where browsers can put a token without showing it in a URL. */
export interface SubprotocolOffer {
  /** Offering nothing means version 1. */
  readonly isMade: boolean;
  /**
   * False if something is offered, but not what we speak. RFC 6455 would allow to go on without a subprotocol, but
   * browsers then fail the connection after we have accepted it: a refusal tells them why.
   */
  readonly isSupported: boolean;
  readonly tokens: readonly string[];
}

const tokenPrefix = "bearer.";
const noOffer: SubprotocolOffer = { isMade: false, isSupported: true, tokens: [] };
const plainOffer: SubprotocolOffer = { isMade: true, isSupported: true, tokens: [] };

export function readSubprotocolOffer(header: string | null): SubprotocolOffer {
  if (header === null) return noOffer;
  if (header === subprotocol) return plainOffer;
  const tokens: string[] = [];
  let isMade = false;
  let isSupported = false;
  for (const entry of header.split(",")) {
    const name = entry.trim();
    isMade ||= name !== "";
    isSupported ||= name === subprotocol;
    if (name.startsWith(tokenPrefix)) tokens.push(name.slice(tokenPrefix.length));
  }
  return isMade ? { isMade, isSupported, tokens } : noOffer;
}
