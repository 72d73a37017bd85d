/** Control characters (C0, DEL, C1), and those that turn the direction of text around or mark its end. */
const dangerous = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** From here on Unicode has pictures of the C0 controls. */
const pictures = 0x2400;

/**
 * Others' text as a terminal may show it: whatever a terminal would obey is shown as a sign instead, and a further line
 * begins with `indent`, so that nobody can write a line that looks like somebody else's.
 */
export function harmless(text: string, indent = " "): string {
  return text.replace(dangerous, (sign) => {
    if (sign === "\n") return `\n${indent}`;
    if (sign === "\t") return " ";
    return sign < " " ? String.fromCharCode(pictures + sign.charCodeAt(0)) : "\ufffd";
  });
}
