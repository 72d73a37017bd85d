import { type Refusal, refuse } from "../../protocol/errors.ts";
import { requestBodyBytesMax } from "../request-body-limit.ts";

type JsonBody = Refusal | { readonly ok: true; readonly value: unknown };

const decoder = new TextDecoder("utf-8", { fatal: true });
const tooLarge = `body: expected at most ${requestBodyBytesMax} bytes.`;

export async function readJsonBody(request: Request): Promise<JsonBody> {
  if (!isJson(request.headers.get("content-type")))
    return refuse("bad_message", "The body has to be JSON, with Content-Type: application/json.");
  if (Number(request.headers.get("content-length") ?? 0) > requestBodyBytesMax)
    return refuse("too_large", tooLarge);
  const bytes = await readBytes(request);
  if (bytes === null) return refuse("bad_message", "The body did not arrive whole.");
  return bytes.byteLength > requestBodyBytesMax ? refuse("too_large", tooLarge) : parse(bytes);
}

function isJson(contentType: string | null): boolean {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() === "application/json";
}

/** Null: the client broke off, or sent so much that it was cut off. */
async function readBytes(request: Request): Promise<ArrayBuffer | null> {
  try {
    return await request.arrayBuffer();
  } catch {
    return null;
  }
}

function parse(bytes: ArrayBuffer): JsonBody {
  try {
    return { ok: true, value: JSON.parse(decoder.decode(bytes)) };
  } catch {
    return refuse("bad_message", "The body is not valid JSON.");
  }
}
