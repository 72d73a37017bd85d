import { join } from "node:path";
import { type Cores, onCore } from "./cores.ts";

const CLIENT = join(import.meta.dir, "many-sockets-client.ts");

export type Begun = { name: string; ports: number[]; sockets: number };
export type Asked = { perSecond: number; seconds: number };
type Answer = { messages: number };

/** A process of clients; ends with this one. */
export class ManySocketsLoad {
  readonly #process: Bun.Subprocess;
  #answered = Promise.withResolvers<Answer>();

  private constructor(cores: Cores, begun: Begun) {
    this.#process = Bun.spawn(onCore(cores.load, [process.execPath, CLIENT, JSON.stringify(begun)]), {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (answer: Answer) => this.#answered.resolve(answer),
    });
    void this.#process.exited.then((code) => this.#answered.reject(new Error(`clients ended with ${code}`)));
  }

  /** Resolves when all its sockets are open and joined. */
  static async start(cores: Cores, begun: Begun): Promise<ManySocketsLoad> {
    const load = new ManySocketsLoad(cores, begun);
    await load.#answered.promise;
    return load;
  }

  /** How many messages were published, acked and read by all members. */
  async publish(asked: Asked): Promise<number> {
    this.#answered = Promise.withResolvers();
    this.#process.send(asked);
    return (await this.#answered.promise).messages;
  }

  end(): void {
    this.#process.kill();
  }
}
