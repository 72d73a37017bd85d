import type { ProtocolDocument } from "./protocol-document.ts";
import type { Frame } from "./recording-sockets.ts";
import type { FrameWitness } from "./ws-client.ts";

type Commands = readonly Frame[];
type Results = readonly { readonly ok: boolean; readonly payload?: unknown }[];

const writeTypes = ["send_message", "message_edit", "message_delete", "reaction"];

/** Holds every frame of any number of connections, in both directions, against the document. */
export class ProtocolWitness {
  readonly document: ProtocolDocument;
  /** What was not as the document says. */
  readonly problems: string[] = [];
  /** The messages of the document that came by. */
  readonly seen = new Set<string>();

  constructor(document: ProtocolDocument) {
    this.document = document;
  }

  /** For one connection. */
  watch(): FrameWitness {
    const asked = new Map<string, Frame>();
    return {
      sent: (text) => this.#sent(asked, JSON.parse(text)),
      received: (text) => this.#received(asked, JSON.parse(text)),
    };
  }

  #sent(asked: Map<string, Frame>, command: Frame): void {
    this.#expect(this.document.commands.get(command.type)?.frame, command);
    if (command.id !== undefined) asked.set(command.id, command);
    if (command.type !== "batch") return;
    for (const inner of command.payload.commands as Commands)
      if (writeTypes.includes(inner.type)) this.#sent(asked, inner);
  }

  #received(asked: Map<string, Frame>, frame: Frame): void {
    if (frame.type === "error") this.#refused(asked, frame);
    else if (frame.type === "message_response" || frame.type === "pong") this.#answered(asked, frame);
    else this.#told(frame);
  }

  #told(frame: Frame): void {
    this.#expect(this.document.events.get(frame.type), frame);
    if (frame.type === "batch") for (const event of frame.payload.events as Frame[]) this.#told(event);
  }

  #refused(asked: Map<string, Frame>, frame: Frame): void {
    this.#told(frame);
    if (frame.id === undefined) return;
    const command = this.#commandOf(asked, frame);
    const refusals = this.document.commands.get(command?.type ?? "")?.refusals ?? [];
    if (!refusals.includes(String(frame.payload.code)))
      this.problems.push(`${command?.type} is not refused with ${frame.payload.code}`);
  }

  #answered(asked: Map<string, Frame>, frame: Frame): void {
    if (frame.id === undefined) return this.#answeredWithoutId(frame);
    const command = this.#commandOf(asked, frame);
    if (command === undefined) return;
    this.#expect(this.document.commands.get(command.type)?.response, frame);
    if (command.type === "batch")
      this.#answeredInside(command.payload.commands as Commands, frame.payload.results as Results);
  }

  #commandOf(asked: Map<string, Frame>, { id = "" }: Frame): Frame | undefined {
    const command = asked.get(id);
    if (!asked.delete(id)) this.problems.push(`an answer to nothing, or a second one: ${id}`);
    return command;
  }

  /** It answers some command. */
  #answeredWithoutId(frame: Frame): void {
    const responses = Array.from(this.document.commands.values(), ({ response }) => response);
    if (responses.every((response) => this.document.problemWith(response, frame) !== null))
      this.problems.push(`no command is answered with ${JSON.stringify(frame)}`);
  }

  #answeredInside(commands: Commands, results: Results): void {
    if (commands.length !== results.length) this.problems.push("a batch with other results than commands");
    for (const [index, { type, id }] of commands.entries()) {
      const { ok, payload } = results[index] ?? { ok: false };
      if (!ok) continue;
      const response = this.document.commands.get(type)?.response ?? "";
      const isWrite = writeTypes.includes(type);
      const problem = isWrite
        ? Bun.deepEquals(payload, { id })
          ? null
          : "not {id}"
        : this.document.problemWithPayload(response, payload);
      if (problem !== null) this.problems.push(`${type} in a batch: ${problem}`);
    }
  }

  #expect(message: string | undefined, frame: Frame): void {
    if (message === undefined) {
      this.problems.push(`${frame.type} is not in the document`);
      return;
    }
    this.seen.add(message);
    const problem = this.document.problemWith(message, frame);
    if (problem !== null) this.problems.push(`${message}: ${problem}, in ${JSON.stringify(frame)}`);
  }
}
