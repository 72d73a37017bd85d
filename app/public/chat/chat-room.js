import { randomId } from "../dom/random-id.js";
import { MessageStore } from "./message-store.js";
import { People } from "./people.js";

/**
 * @typedef {import("./message-store.js").Message} Message
 * @typedef {{ id: string, content: string, createdAt: number, problem: string | null }} Draft
 * @typedef {{ changed(room: ChatRoom): void, said(room: ChatRoom, message: Message): void }} Owner
 */

const historyPage = 50;

/** One room of a client, as it is shown. */
export class ChatRoom {
  #room;
  #me;
  #owner;
  #store = new MessageStore();
  /** @type {(() => void)[]} */
  #ends = [];
  people;
  /** Sent or to be sent, not yet stored. @type {Draft[]} */
  drafts = [];
  unread = 0;
  /** What was written and not sent. */
  unsent = "";
  isJoined = false;
  /** Refused, or removed from it. */
  isAway = false;
  /** Why there is nothing to see, or what may be missing. */
  problem = "";
  isLoadingOlder = false;
  olderProblem = "";

  /** @param {import("../../client/index.ts").Client} client @param {string} name @param {Owner} owner */
  constructor(client, name, owner) {
    this.#owner = owner;
    this.#me = () => client.greeting;
    this.#room = client.room(name);
    this.people = new People(this.#room, () => owner.changed(this));
    this.#listen();
    this.#join();
  }

  get name() {
    return this.#room.name;
  }

  get messages() {
    return this.#store.messages;
  }

  get hasOlder() {
    return this.#store.hasOlder && !this.#store.isFull;
  }

  get isFull() {
    return this.#store.isFull;
  }

  get me() {
    return { authorId: this.#me()?.userId ?? "", authorName: this.#me()?.userName ?? "" };
  }

  isMine({ authorId }) {
    return authorId === this.#me()?.userId;
  }

  write(content) {
    const draft = { id: randomId(), content, createdAt: Date.now(), problem: null };
    this.drafts.push(draft);
    this.#submit(draft);
  }

  retry(draft) {
    draft.problem = null;
    this.#submit(draft);
  }

  discard(draft) {
    this.drafts = this.drafts.filter((each) => each !== draft);
    this.#owner.changed(this);
  }

  edit(message, content) {
    return this.#room.edit(message.id, content);
  }

  remove(message) {
    return this.#room.remove(message.id);
  }

  react(message, emoji) {
    const isTakenBack = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.mine);
    return this.#room.react(message.id, emoji, isTakenBack ? "remove" : "add");
  }

  typing(isTyping) {
    this.#room.typing(isTyping);
  }

  leave() {
    for (const end of [...this.#ends, this.people.end]) end();
    this.#room.leave();
  }

  /** Again, after it was refused. */
  rejoin() {
    this.problem = "";
    this.isAway = false;
    this.#join();
  }

  async loadOlder() {
    if (this.isLoadingOlder) return;
    this.isLoadingOlder = true;
    this.olderProblem = "";
    this.#owner.changed(this);
    try {
      const page = await this.#room.history({ before: this.messages[0]?.seq, limit: historyPage });
      this.#store.addOlder(page.messages, page.hasMore, page.seq);
    } catch (error) {
      this.olderProblem = error.message;
    }
    this.isLoadingOlder = false;
    this.#owner.changed(this);
  }

  #join() {
    this.#room.join().then(
      () => this.#room.presence().catch(() => {}),
      () => {},
    );
  }

  /** Where it is stored already under this id, the answer says so: nothing is said twice. */
  #submit(draft) {
    this.#owner.changed(this);
    this.#room.send(draft.content, { id: draft.id }).then(
      () => this.discard(draft),
      (error) => {
        draft.problem = error.message;
        this.#owner.changed(this);
      },
    );
  }

  #listen() {
    this.#on("message", (message) => this.#take(message));
    this.#on("edit", (edit) => this.#store.change({ ...edit, kind: "edit" }));
    this.#on("delete", (deletion) => this.#store.change({ ...deletion, kind: "delete" }));
    this.#on("reaction", ({ userId, ...reaction }) => {
      this.#store.change({ ...reaction, kind: "reaction", isMine: userId === this.#me()?.userId });
    });
    this.#on("reset", (reset) => this.#startOver(reset));
    this.#on("live", ({ recovered }) => {
      this.isJoined = true;
      if (recovered) this.problem = "";
    });
    this.#on("left", ({ reason }) => {
      this.isJoined = false;
      this.isAway = true;
      this.problem = `You are not in this room: ${reason}.`;
    });
  }

  #on(type, take) {
    const end = this.#room.on(type, (event) => {
      take(event);
      this.#owner.changed(this);
    });
    this.#ends.push(end);
  }

  #take({ isOwn, ...message }) {
    this.drafts = this.drafts.filter(({ id }) => id !== message.clientId || !this.isMine(message));
    this.people.hasWritten(message.authorId);
    this.#store.add(message);
    if (!isOwn) this.#owner.said(this, message);
  }

  #startOver({ reason, messages, hasMore }) {
    this.#store.reset(messages, hasMore, this.#room.position?.seq ?? 0);
    this.problem =
      reason === "new"
        ? ""
        : `The server no longer had all that was missed (${reason}): these are the newest.`;
  }
}
