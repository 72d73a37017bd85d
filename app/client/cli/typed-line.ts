/** What somebody typed: a text to send, or a command. */
export type TypedLine =
  | { readonly kind: "nothing" }
  | { readonly kind: "who" }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  | { readonly kind: "send"; readonly content: string }
  | { readonly kind: "history"; readonly limit: number }
  | { readonly kind: "edit"; readonly seq: number; readonly content: string }
  | { readonly kind: "delete"; readonly seq: number }
  | { readonly kind: "react"; readonly seq: number; readonly emoji: string }
  | { readonly kind: "mistake"; readonly message: string };

const historyDefault = 20;
const historyMax = 100;

/** `//` is a text that begins with one slash. */
export function readTypedLine(line: string): TypedLine {
  if (line.trim() === "") return { kind: "nothing" };
  if (!line.startsWith("/")) return { kind: "send", content: line };
  if (line.startsWith("//")) return { kind: "send", content: line.slice(1) };
  const [, command = "", first = "", rest = ""] = /^\/(\S*)\s*(\S*)\s*(.*)$/s.exec(line) ?? [];
  return readCommand(command, first, rest);
}

function readCommand(command: string, first: string, rest: string): TypedLine {
  const seq = /^[1-9]\d{0,14}$/.test(first) ? Number(first) : 0;
  switch (command) {
    case "who":
    case "help":
    case "quit":
      return { kind: command };
    case "history":
      return { kind: "history", limit: Math.min(seq || historyDefault, historyMax) };
    case "edit":
      return seq > 0 && rest !== "" ? { kind: "edit", seq, content: rest } : mistake("/edit 12 the new text");
    case "delete":
      return seq > 0 ? { kind: "delete", seq } : mistake("/delete 12");
    case "react":
      return seq > 0 && rest !== "" ? { kind: "react", seq, emoji: rest.trim() } : mistake("/react 12 👍");
    default:
      return { kind: "mistake", message: "There is no such command: /help lists them, // sends a slash." };
  }
}

const mistake = (example: string): TypedLine => ({ kind: "mistake", message: `Expected: ${example}` });
