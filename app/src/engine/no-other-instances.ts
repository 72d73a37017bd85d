import type { OtherInstances } from "../chat/engine-instances.ts";

/** Of an engine that serves one instance: its hub knows everything there is to know. */
export const noOtherInstances: OtherInstances = {
  listen: () => {},
  claimSession: () => ({ ok: true, generation: 0, messageCount: 0 }),
  releaseSession: () => {},
  countMessages: () => {},
  setPresence: () => {},
  presenceElsewhere: async () => [],
  tellTyping: () => {},
  countSessions: () => null,
  setReady: () => {},
  hasSuccessor: async () => false,
};
