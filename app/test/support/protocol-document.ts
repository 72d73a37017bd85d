import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import { describeProtocol } from "../../src/http/docs/asyncapi-document.ts";

interface Reference {
  readonly $ref: string;
}

interface Operation {
  readonly action: "receive" | "send";
  /** The frame's type. */
  readonly title: string;
  readonly messages: readonly [Reference];
  readonly reply?: { readonly messages: readonly [Reference, Reference] };
  readonly "x-error-codes"?: Readonly<Record<string, string>>;
}

interface Message {
  readonly summary: string;
  readonly examples: readonly { readonly payload: unknown }[];
}

/** What the document says of one command. */
interface DescribedCommand {
  /** Names of messages. */
  readonly frame: string;
  readonly response: string;
  readonly refusals: readonly string[];
}

const text = describeProtocol("1.2.3");

/** The AsyncAPI document, read as a stranger's validator would. */
export class ProtocolDocument {
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever is in it.
  readonly root: any;
  readonly commands: ReadonlyMap<string, DescribedCommand>;
  /** The message of each event type. */
  readonly events: ReadonlyMap<string, string>;
  readonly #ajv = new Ajv({ strict: false });
  readonly #checks = new Map<string, ValidateFunction>();

  constructor(root: unknown = JSON.parse(text)) {
    this.root = root;
    this.#ajv.addSchema(this.root, "document");
    const operations = Object.values(this.root.operations as Record<string, Operation>);
    this.commands = new Map(
      operations.filter(({ action }) => action === "receive").map((operation) => describe(operation)),
    );
    this.events = new Map(
      operations
        .filter(({ action }) => action === "send")
        .map(({ title, messages }) => [title, nameIn(messages[0])]),
    );
  }

  /** What it does not describe is a problem too, where clients would ignore it. */
  static sealed(): ProtocolDocument {
    return new ProtocolDocument(
      JSON.parse(text, (_key, value) =>
        value?.properties ? { ...value, additionalProperties: false } : value,
      ),
    );
  }

  get messages(): Readonly<Record<string, Message>> {
    return this.root.components.messages;
  }

  /** Null: the value is what the message promises. */
  problemWith(message: string, frame: unknown): string | null {
    return this.#problemAt(`/components/messages/${message}/payload`, frame);
  }

  /** Of what stands in the frame of a response. */
  problemWithPayload(message: string, payload: unknown): string | null {
    return this.#problemAt(`/components/messages/${message}/payload/properties/payload`, payload);
  }

  #problemAt(pointer: string, value: unknown): string | null {
    const check = this.#checks.get(pointer) ?? this.#ajv.compile({ $ref: `document#${pointer}` });
    this.#checks.set(pointer, check);
    return check(value) ? null : explain(check.errors ?? []);
  }
}

const describe = ({ title, messages, reply, ...operation }: Operation): [string, DescribedCommand] => [
  title,
  {
    frame: nameIn(messages[0]),
    response: nameIn(reply?.messages[0]),
    refusals: Object.keys(operation["x-error-codes"] ?? {}),
  },
];

const nameIn = (reference: Reference | undefined): string => reference?.$ref.split("/").at(-1) ?? "";

const explain = (problems: readonly ErrorObject[]): string =>
  problems.map(({ instancePath, message }) => `${instancePath}: ${message}`).join("; ");
