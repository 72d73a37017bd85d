import { Composer } from "./composer.js";
import { MessageList } from "./message-list.js";
import { oncePerFrame } from "./once-per-frame.js";
import { Room } from "./room.js";
import { newSessionId, sessionId } from "./session-id.js";
import { SocketKeeper } from "./socket-keeper.js";
import { StateLine } from "./state-line.js";
import { UnreadTitle } from "./unread-title.js";

const element = (id) => document.getElementById(id);
const [scroller, newest, older] = [element("scroller"), element("newest"), element("older")];

const state = new StateLine({ line: element("state"), retry: element("retry") });
const title = new UnreadTitle();
const keeper = new SocketKeeper({
  connectionId: await sessionId(),
  newConnectionId: newSessionId,
  onState: (to) => state.show(to),
  onEvent: take,
});
const room = new Room({
  name: "room:lobby",
  send: (type, payload, id) => keeper.send(type, payload, id),
  onChange: oncePerFrame(draw),
});
const list = new MessageList({
  list: element("messages"),
  scroller,
  onDiscard: (id) => room.discard(id),
});
const composer = new Composer({
  form: element("composer"),
  text: element("text"),
  charsLeft: element("chars-left"),
  send: element("send"),
  onWrite(content) {
    list.scrollToEnd();
    room.write(content);
  },
});

function take(event) {
  if (event.type === "connection_established") greet(event.payload);
  if (event.type === "chat_message") announce();
  room.take(event);
}

function greet(greeting) {
  const { userId, userName, instance, color, version, limits } = greeting;
  composer.charsMax = limits.messageChars;
  element("me").textContent = userName;
  element("instance").textContent = instance;
  element("version").textContent = version;
  element("color").textContent = color;
  element("color").dataset.color = color;
  element("guests").hidden = !/^guest-[0-9a-f]{16}$/.test(userId);
  room.enter(greeting);
}

function announce() {
  title.count();
  if (!list.isAtEnd) newest.hidden = false;
}

function draw() {
  list.show(room);
  older.hidden = !room.hasOlder;
  element("empty").hidden = !room.isJoined || room.messages.length + room.drafts.length > 0;
  if (list.isAtEnd) newest.hidden = true;
}

element("retry").addEventListener("click", () => keeper.retryNow());
older.addEventListener("click", () => room.loadOlder());
newest.addEventListener("click", () => list.scrollToEnd());
scroller.addEventListener("scroll", () => {
  if (list.isAtEnd) newest.hidden = true;
});

keeper.connect();
