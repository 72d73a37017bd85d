import { type Refusal, refuse } from "../../protocol/errors.ts";

/** The values of a pattern's parameters, decoded once; null where an escape is broken. The path matches the pattern. */
export function decodePath(url: string, pattern: string): Record<string, string> | null {
  const segments = pathOf(url).split("/");
  const params: Record<string, string> = {};
  for (const [index, name] of pattern.split("/").entries()) {
    if (!name.startsWith(":")) continue;
    const value = decode(segments[index] ?? "");
    if (value === null) return null;
    params[name.slice(1)] = value;
  }
  return params;
}

/** As the client wrote it, without the query. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?");
  return url.slice(start, end < 0 ? undefined : end);
}

type DecodedQuery = Refusal | { readonly ok: true; readonly fields: Readonly<Record<string, string>> };

/** Stricter than URLSearchParams, which makes something of broken escapes, and of a field that is there twice. */
export function decodeQuery(url: string): DecodedQuery {
  const start = url.indexOf("?");
  const fields: Record<string, string> = Object.create(null);
  if (start < 0) return { ok: true, fields };
  for (const part of url.slice(start + 1).split("&")) {
    const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(part.replaceAll("+", " ")) ?? [];
    const field = decode(name);
    const text = decode(value);
    if (field === null || text === null)
      return refuse("bad_message", "The query holds an escape that is not valid UTF-8.");
    if (field === "") continue;
    if (field in fields) return refuse("bad_message", "The query holds a field twice.");
    fields[field] = text;
  }
  return { ok: true, fields };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
