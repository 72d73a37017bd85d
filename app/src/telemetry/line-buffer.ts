/** One line, as files and machines get it, and as people do. */
export type Line = {
  readonly message: string;
  readonly readable: string | undefined;
};

const delayMs = 50;
const unitsMax = 65_536;

/**
 * Gathers lines for a moment, since handing over one line costs as much as serving a client: under load many go out
 * in one write.
 */
export class LineBuffer {
  readonly #write: (lines: Line) => void;
  #lines: Line[] = [];
  #units = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(write: (lines: Line) => void) {
    this.#write = write;
  }

  add(line: Line): void {
    this.#lines.push(line);
    this.#units += line.message.length;
    if (this.#units >= unitsMax) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), delayMs);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#units = 0;
    const isReadable = lines[0]?.readable !== undefined;
    this.#write({
      message: lines.map(({ message }) => message).join("\n"),
      readable: isReadable ? lines.map(({ readable }) => readable).join("\n") : undefined,
    });
  }
}
