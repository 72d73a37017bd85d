import { superviseProcess } from "../../src/supervise-process.ts";
import { noopLog } from "../../src/telemetry/log.ts";

/** A process whose server takes 500 ms to stop, where 100 are allowed. `paced`: it says that it has a deadline. */
const [isPaced] = process.argv.slice(2);

const stop = async (onPaced: (deadlineMs: number) => void = () => {}): Promise<void> => {
  if (isPaced === "paced") onPaced(60_000);
  await Bun.sleep(500);
  console.log("stopped");
};

superviseProcess({ stop }, noopLog, 100);
process.kill(process.pid, "SIGTERM");
setTimeout(() => {}, 30_000);
