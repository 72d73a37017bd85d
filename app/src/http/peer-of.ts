interface AddressBook {
  requestIP(request: Request): { readonly address: string } | null;
}

/** The address at the other end of a request's TCP connection; empty where it has gone, or there is no server. */
export const peerOf = (request: Request, server: AddressBook | null): string =>
  server?.requestIP(request)?.address ?? "";
