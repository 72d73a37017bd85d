import { openSqliteEngine } from "../../src/engine/sqlite.ts";

// Opens and closes an engine as a user who is not root, and prints how that went.

const [path = ""] = process.argv.slice(2);
const nobody = 65534;
if (process.getuid?.() === 0) process.setuid?.(nobody);
try {
  await (await openSqliteEngine({ path, historyMessagesMax: 0, historyTtlMs: 0 })).close();
  console.log("opened");
} catch (error) {
  console.log(String(error));
}
