/** What every path but the handshake refuses with, and how a fault looks from outside. */
export const httpErrors = {
  bad_request: { status: 400, message: "The request is not valid." },
  unauthorized: { status: 401, message: "A valid token is required." },
  forbidden: { status: 403, message: "You may not do this." },
  not_found: { status: 404, message: "There is nothing here." },
  method_not_allowed: { status: 405, message: "This method is not allowed here." },
  internal: { status: 500, message: "Something failed here." },
} as const;

export type HttpErrorCode = keyof typeof httpErrors;

export interface ErrorBody {
  readonly error: { readonly code: HttpErrorCode; readonly message: string };
}

export function errorBody(code: HttpErrorCode, message: string = httpErrors[code].message): ErrorBody {
  return { error: { code, message } };
}
