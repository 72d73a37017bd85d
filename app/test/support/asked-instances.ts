import type { OtherInstances, SessionClaim, SessionVerdict } from "../../src/chat/engine-instances.ts";
import type { User } from "../../src/chat/identity.ts";
import { noOtherInstances } from "../../src/engine/no-other-instances.ts";

interface Asked {
  readonly claim: SessionClaim;
  readonly isTrial: boolean;
  answer(verdict: SessionVerdict): void;
}

/** Other instances whose every answer about sessions the test gives, when it likes. */
export class AskedInstances implements OtherInstances {
  readonly asked: Asked[] = [];
  /** Arguments of each release. */
  readonly released: [connectionId: string, generation: number, messageCount: number][] = [];
  /** Null: answers are given later, one by one. */
  answersAtOnce: SessionVerdict | null = null;
  readonly listen = noOtherInstances.listen;
  readonly presenceElsewhere = noOtherInstances.presenceElsewhere;
  readonly tellTyping = noOtherInstances.tellTyping;
  readonly countSessions = noOtherInstances.countSessions;
  readonly setReady = noOtherInstances.setReady;
  readonly hasSuccessor = noOtherInstances.hasSuccessor;
  readonly counted: [connectionId: string, messageCount: number][] = [];
  /** In how many sessions a user was said to be in a room. */
  readonly present: (number | null)[] = [];

  claimSession(claim: SessionClaim, isTrial: boolean): SessionVerdict | Promise<SessionVerdict> {
    const { promise, resolve } = Promise.withResolvers<SessionVerdict>();
    this.asked.push({ claim, isTrial, answer: resolve });
    return this.answersAtOnce ?? promise;
  }

  releaseSession(...released: AskedInstances["released"][number]): void {
    this.released.push(released);
  }

  countMessages(...counted: AskedInstances["counted"][number]): void {
    this.counted.push(counted);
  }

  setPresence(_room: string, _user: User, sessions: number | null): void {
    this.present.push(sessions);
  }

  /** Lets a claim in, the first one unless told otherwise. */
  grant(generation: number, messageCount = 0, index = 0): void {
    this.asked[index]?.answer({ ok: true, generation, messageCount });
  }
}
