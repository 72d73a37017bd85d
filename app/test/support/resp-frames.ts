const lineEnd = Buffer.from("\r\n");
/** Of types that hold others: how many for each that is counted. */
const nested: Readonly<Record<string, number>> = { "*": 1, "~": 1, ">": 1, "%": 2, "|": 2 };
const sized: ReadonlySet<string> = new Set(["$", "!", "="]);

/** Takes what Redis says apart into whole replies and pushes. */
export class RespFrames {
  #rest: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): Buffer[] {
    const data = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let from = 0;
    for (let end = endOf(data, 0); end !== null; end = endOf(data, from)) {
      frames.push(data.subarray(from, end));
      from = end;
    }
    this.#rest = data.subarray(from);
    return frames;
  }
}

/** Null: it is not all there. */
function endOf(data: Buffer, from: number): number | null {
  const lineAt = data.indexOf(lineEnd, from);
  if (lineAt === -1) return null;
  const type = String.fromCharCode(data[from] ?? 0);
  const count = Number(data.toString("latin1", from + 1, lineAt));
  const afterLine = lineAt + lineEnd.length;
  if (sized.has(type)) return count < 0 ? afterLine : within(data, afterLine + count + lineEnd.length);
  let end: number | null = afterLine;
  for (let left = Math.max(0, count) * (nested[type] ?? 0); left > 0 && end !== null; left -= 1)
    end = endOf(data, end);
  return end;
}

const within = (data: Buffer, end: number): number | null => (end <= data.length ? end : null);
