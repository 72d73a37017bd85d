/** Words that stand before a selector, a range, an operator or an end, and are no function or label. */
export function metricNames(expr: string): string[] {
  const bare = expr
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, " ")
    .replace(/\b(by|on|without|ignoring|group_left|group_right) *\([^)]*\)/g, " ");
  const words = bare.match(/[a-zA-Z_:][\w:]*\b(?! *\()/g) ?? [];
  return words.filter((word) => /[_:]|^up$|^ALERTS$/.test(word) && !/^(group_|on$|by$)/.test(word));
}
