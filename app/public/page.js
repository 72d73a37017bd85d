import { ChatView } from "./chat/chat-view.js";
import { PeopleList } from "./chat/people-list.js";
import { ConnectionPanel } from "./connection/connection-panel.js";
import { Latency } from "./connection/latency.js";
import { Link } from "./connection/link.js";
import { sessionId } from "./connection/session-id.js";
import { startToken } from "./connection/start-token.js";
import { StateLine } from "./connection/state-line.js";
import { Announcer } from "./dom/announcer.js";
import { elementsOf } from "./dom/elements-of.js";
import { Tabs } from "./dom/tabs.js";
import { Views } from "./dom/views.js";
import { FramesPanel } from "./frames/frames-panel.js";
import { LoadPanel } from "./load/load-panel.js";
import { Desk } from "./rooms/desk.js";

const elements = elementsOf(document.body);
const announcer = new Announcer(elements.announcer);
const say = (text) => announcer.say(text);
const token = startToken();

const views = new Views(elements.views);
const chat = new ChatView(elements, say);
const people = new PeopleList({ list: elements.people, summary: elements.peopleSummary });
const desk = new Desk({ elements, chat, people, say, show: (view) => views.show(view) });
const state = new StateLine({ line: elements.state, retry: elements.retry }, say);
const frames = new FramesPanel(elements);
const link = new Link({
  opened(client) {
    state.follow(client);
    connection.follow(client);
    frames.follow(client, () => link.token);
    desk.open(client);
    client.on("connected", () => void latency.ask());
  },
});
const connection = new ConnectionPanel(elements, link);
const latency = new Latency(
  () => link.client,
  (text) => {
    elements.latency.textContent = text;
  },
);
new LoadPanel(elements, () => ({ url: elements.url.value, token: elements.token.value }));
const tabs = new Tabs(elements.tabs, (panel) => frames.setShown(panel === "frames-panel"));
tabs.show("server-panel");

connection.fill({ url: new URL(".", document.baseURI).href, connectionId: await sessionId(), token });
connection.connect();
