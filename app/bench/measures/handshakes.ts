import { type Bench, compare, compareAll, roundSeconds } from "../bench.ts";
import { budgets } from "../budgets.ts";
import { closeFrame, textFrame } from "../load/frames.ts";
import type { LoadLoop } from "../load/load-loop.ts";
import type { Greeting, Wire } from "../load/wire.ts";
import { PER_CPU_SECOND, type Row, toRow } from "../row.ts";
import type { Server } from "../servers.ts";
import { startMeter, type Usage } from "../usage.ts";

const WAVE = 128;
const SECONDS = 2;
const SOURCE_HOSTS = 8;
const CLOSE_FRAME = closeFrame(1000);

const WHAT = "handshakes: connect, upgrade, first frame, close";
/** A raw server that checks tokens: what of a handshake's price is that of being told who somebody is. */
const CHECKING = { CHECKS_TOKENS: "yes" };

type Shaken = { handshakes: number; usage: Usage };

/** Connect, upgrade, first frame, closing handshake: in waves, so that the server always has some before it. */
export async function measureHandshakes(bench: Bench): Promise<Row[]> {
  const measure = async (server: Server) => () => shake(bench, server);
  const figures = await compareAll(bench, {}, measure);
  const checked = await compare(bench, CHECKING, measure, "raw");
  const wall = toRow(figures, ({ handshakes, usage }) => handshakes / usage.seconds, {
    what: WHAT,
    unit: "handshakes/s",
  });
  const perCpuSecond = ({ handshakes, usage }: Shaken) => handshakes / usage.serverCpuSeconds;
  const inCpu = { unit: "handshakes/s", budget: budgets.handshakes };
  return [
    wall,
    toRow(figures, perCpuSecond, { what: PER_CPU_SECOND, ...inCpu }),
    toRow(checked, perCpuSecond, { what: "  raw that checks the token, per second of CPU", ...inCpu }),
  ];
}

async function shake(bench: Bench, server: Server): Promise<Shaken> {
  const meter = startMeter(server.pid);
  const endMs = performance.now() + roundSeconds(bench, SECONDS) * 1000;
  let waves = 0;
  for (; performance.now() < endMs; waves++) {
    runWave(bench.loop, server);
    await Bun.sleep(0);
  }
  const usage = meter();
  return { handshakes: waves * WAVE, usage };
}

/** The sockets block: no event loop is needed to wait for answers that all will come. */
function runWave(loop: LoadLoop, { port, wire }: Server): void {
  const fds = Array.from({ length: WAVE }, (_, index) => startHandshake(loop, port, wire, index));
  for (const greeting of wire.greetings) for (const fd of fds) greet(loop, fd, greeting);
  for (const fd of fds) {
    while (loop.receiveBlocking(fd) > 0);
    loop.libc.close(fd);
  }
}

function startHandshake({ libc }: LoadLoop, port: number, wire: Wire, index: number): number {
  const fd = libc.connect(port, 1 + (index % SOURCE_HOSTS));
  const request = wire.upgradeRequest();
  libc.send(fd, request, request.length);
  return fd;
}

/** After the last greeting, which asks for nothing, the client goes. */
function greet(loop: LoadLoop, fd: number, { awaits, says }: Greeting): void {
  awaitText(loop, fd, awaits);
  const frame = says === undefined ? CLOSE_FRAME : textFrame(says);
  loop.libc.send(fd, frame, frame.length);
}

function awaitText(loop: LoadLoop, fd: number, text: string): void {
  for (;;) {
    const read = loop.receiveBlocking(fd);
    if (read <= 0) throw new Error("a handshake was not answered");
    if (Buffer.from(loop.buffer.buffer, 0, read).includes(text)) return;
  }
}
