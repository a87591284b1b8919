import type { Forward, ForwardOutcome } from "../src/forward.ts";
import { createForward } from "../src/create-forward.ts";
import type { PlainRequest } from "../src/http-message.ts";
import { createNodeSend, type NodeSendOptions } from "../src/node/node-send.ts";
import type { Target } from "../src/target.ts";
import { CALLER, get, notes } from "./calls.ts";
import { type RawAnswer, type RawUpstream, startRawUpstream } from "./raw-upstream.ts";

/** Starts upstreams and forwards for one test, and closes them all. */
export interface NodeCalls {
  readonly startUpstream: (answer?: RawAnswer, isTls?: boolean) => Promise<RawUpstream>;
  readonly createNodeForward: (options?: NodeSendOptions) => Forward;
  /** An upstream, and a function that calls it. */
  readonly setUp: (
    answer?: RawAnswer,
    config?: Partial<Target>,
  ) => Promise<{
    readonly upstream: RawUpstream;
    readonly call: (request?: PlainRequest) => Promise<ForwardOutcome>;
  }>;
  readonly onClose: (close: () => Promise<unknown> | void) => void;
  readonly closeAll: () => Promise<void>;
}

export const createNodeCalls = (): NodeCalls => {
  const closers: (() => Promise<unknown> | void)[] = [];
  const startUpstream: NodeCalls["startUpstream"] = async (answer, isTls) => {
    const upstream = await startRawUpstream(answer, isTls);
    closers.push(async () => upstream.close());
    return upstream;
  };
  const createNodeForward: NodeCalls["createNodeForward"] = (options) => {
    const { send, close } = createNodeSend(options);
    closers.push(close);
    return createForward({ send });
  };
  return {
    startUpstream,
    createNodeForward,
    setUp: async (answer, config) => {
      const upstream = await startUpstream(answer);
      const forward = createNodeForward();
      const target = notes(upstream.origin, config);
      return {
        upstream,
        call: async (request = get("/api/notes/7")) => forward(request, target, "access-token", CALLER),
      };
    },
    onClose: (close) => {
      closers.push(close);
    },
    closeAll: async () => {
      for (const close of closers.splice(0)) await close();
    },
  };
};

/** Resolves when the value has stayed the same for many turns of the event loop. */
export const settled = async (read: () => number): Promise<number> => {
  let value = read();
  for (let rounds = 0; rounds < 2000; rounds += 1) {
    await new Promise(setImmediate);
    if (read() !== value) {
      value = read();
      rounds = 0;
    }
  }
  return value;
};

/** Resolves when a connection whose answer was just read may take another call. */
export const untilIdle = async (): Promise<void> => {
  for (let rounds = 0; rounds < 3; rounds += 1) await new Promise(setImmediate);
};
