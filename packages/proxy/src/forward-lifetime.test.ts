import { describe, expect, it } from "vitest";
import { answered, CALLER, get, notes, readAll, uploadOf } from "../suite/calls.ts";
import { createForward } from "./create-forward.ts";
import type { StartTimer } from "./start-timer.ts";
import type { UpstreamAnswer, UpstreamRequest } from "./upstream-send.ts";

/** Time that passes when the test says so. */
const createTimers = () => {
  const running = new Map<object, { readonly onExpire: () => void; readonly ms: number }>();
  const startTimer: StartTimer = (onExpire, ms) => {
    const key = {};
    running.set(key, { onExpire, ms });
    return () => running.delete(key);
  };
  return {
    startTimer,
    running: () => Array.from(running.values(), ({ ms }) => ms),
    expire: () => {
      for (const [key, { onExpire }] of Array.from(running)) {
        running.delete(key);
        onExpire();
      }
    },
  };
};

/** An upstream whose answer the test gives; ending the call fails it, as a real one would. */
const createHeldSend = () => {
  const requests: UpstreamRequest[] = [];
  const resolvers: ((answer: UpstreamAnswer) => void)[] = [];
  return {
    requests,
    answer: (answer: UpstreamAnswer, index = 0) => resolvers[index]?.(answer),
    send: (request: UpstreamRequest) => {
      requests.push(request);
      return new Promise<UpstreamAnswer>((resolve) => {
        resolvers.push(resolve);
        request.signal.addEventListener("abort", () =>
          resolve({ kind: "failed", code: "upstream_failed", reason: "given up" }),
        );
      });
    },
  };
};

const ok = (body: AsyncIterable<Uint8Array> | null = null): UpstreamAnswer => ({
  kind: "answered",
  status: 200,
  headers: [],
  body,
});
const target = notes("https://up.example", { headersTimeoutMs: 30, idleTimeoutMs: 60, maxBodyBytes: 10 });
const bytes = (length: number): Uint8Array => new Uint8Array(length);
async function* stream(...lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const length of lengths) yield bytes(length);
}

describe("deadlines of a call", () => {
  it("end one whose headers don't come (S-141)", async () => {
    const timers = createTimers();
    const { send, requests } = createHeldSend();
    const outcome = createForward({ send, startTimer: timers.startTimer })(
      get("/api/notes"),
      target,
      "token",
      CALLER,
    );
    expect(timers.running()).toEqual([30]);
    timers.expire();
    expect(await outcome).toMatchObject({ kind: "failed", code: "upstream_timeout" });
    expect(requests[0]?.signal.aborted).toBe(true);
  });

  it.each([
    ["that has answered meanwhile is read", true, "answered"],
    ["that says nothing even then is given up", false, "failed"],
  ] as const)("of a process that stood still: an upstream %s (S-141)", async (_, answers, kind) => {
    const timers = createTimers();
    const held = createHeldSend();
    let now = 0;
    const outcome = createForward({
      send: held.send,
      startTimer: timers.startTimer,
      monotonicMs: () => now,
    })(get("/api/notes"), target, "token", CALLER);
    now = 5_000;
    timers.expire();
    expect(held.requests[0]?.signal.aborted).toBe(false);
    if (answers) held.answer(ok());
    else timers.expire();
    expect(await outcome).toMatchObject({ kind });
    expect(timers.running()).toEqual([]);
  });

  it("end a body that falls silent, and only while the upstream is waited for (S-141)", async () => {
    const timers = createTimers();
    const held = createHeldSend();
    const outcome = createForward({ send: held.send, startTimer: timers.startTimer })(
      get("/api/notes"),
      target,
      "token",
      CALLER,
    );
    const signal = held.requests[0]?.signal;
    const body = async function* () {
      yield bytes(1);
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    };
    held.answer(ok(body()));
    const iterator = (answered(await outcome).response.body as AsyncIterable<Uint8Array>)[
      Symbol.asyncIterator
    ]();
    expect(timers.running()).toEqual([]);
    expect((await iterator.next()).done).toBe(false);
    expect(timers.running()).toEqual([]);
    const silent = iterator.next();
    expect(timers.running()).toEqual([60]);
    timers.expire();
    await expect(silent).rejects.toMatchObject({ code: "upstream_timeout" });
  });

  it.each([
    ["text/event-stream", {}, []],
    ["Text/Event-Stream; charset=utf-8", {}, []],
    ["text/event-stream", { eventStreamIdleTimeoutMs: 90 }, [90]],
    ["text/event-streams", {}, [60]],
    ["application/json", {}, [60]],
  ] as const)(
    "leave a silent %s with %j to the route's own time for event streams, by default to its connection",
    async (contentType, config, expected) => {
      const timers = createTimers();
      const held = createHeldSend();
      const outcome = createForward({ send: held.send, startTimer: timers.startTimer })(
        get("/api/notes"),
        notes("https://up.example", { headersTimeoutMs: 30, idleTimeoutMs: 60, ...config }),
        "token",
        CALLER,
      );
      expect(timers.running()).toEqual([30]);
      held.answer({
        kind: "answered",
        status: 200,
        headers: [["Content-Type", contentType]],
        body: stream(1, 1),
      });
      const { body } = answered(await outcome).response;
      const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      for (const _ of [1, 2]) {
        const next = iterator.next();
        expect(timers.running()).toEqual(expected);
        expect((await next).done).toBe(false);
      }
      await iterator.return?.();
      expect(timers.running()).toEqual([]);
    },
  );

  it("count an upload that moves by itself, and the headers from its end (S-141)", async () => {
    const timers = createTimers();
    const held = createHeldSend();
    const request = {
      method: "POST",
      rawTarget: "/api/notes",
      headers: [["transfer-encoding", "chunked"]] as const,
      body: new Blob(["hello"]).stream(),
    };
    const outcome = createForward({ send: held.send, startTimer: timers.startTimer })(
      request,
      target,
      "token",
      CALLER,
    );
    expect(timers.running()).toEqual([60]);
    for await (const _ of uploadOf(held.requests[0])) expect(timers.running()).toEqual([60]);
    expect(timers.running()).toEqual([30]);
    held.answer(ok());
    await outcome;
    expect(timers.running()).toEqual([]);
  });

  it("don't count an upload any more once the answer has begun", async () => {
    const timers = createTimers();
    const held = createHeldSend();
    const body = stream(1, 1);
    const answer = stream(1);
    const request = {
      method: "POST",
      rawTarget: "/api/notes",
      headers: [["transfer-encoding", "chunked"]] as const,
      body,
    };
    const outcome = createForward({ send: held.send, startTimer: timers.startTimer })(
      request,
      target,
      "token",
      CALLER,
    );
    const upload = uploadOf(held.requests[0])[Symbol.asyncIterator]();
    await upload.next();
    held.answer(ok(answer));
    await outcome;
    await upload.next();
    await upload.next();
    expect(timers.running()).toEqual([]);
  });
});

describe("a client that goes away", () => {
  it("before the headers ends the upstream call (S-116)", async () => {
    const client = new AbortController();
    const held = createHeldSend();
    const outcome = createForward({ send: held.send })(
      { ...get("/api/notes"), signal: client.signal },
      target,
      "token",
      CALLER,
    );
    client.abort();
    expect(await outcome).toEqual({ kind: "aborted" });
    expect(held.requests[0]?.signal.aborted).toBe(true);
  });

  it("before the call causes none", async () => {
    const held = createHeldSend();
    const outcome = await createForward({ send: held.send })(
      { ...get("/api/notes"), signal: AbortSignal.abort() },
      target,
      "token",
      CALLER,
    );
    expect(outcome).toEqual({ kind: "aborted" });
    expect(held.requests).toEqual([]);
  });

  it("in the middle of its upload ends the upstream call", async () => {
    const held = createHeldSend();
    const broken = (async function* () {
      yield bytes(1);
      throw new Error("gone");
    })();
    const request = {
      method: "POST",
      rawTarget: "/api/notes",
      headers: [["transfer-encoding", "chunked"]] as const,
      body: broken,
    };
    const outcome = createForward({ send: held.send })(request, target, "token", CALLER);
    await expect(readAll(uploadOf(held.requests[0]))).rejects.toThrow("gone");
    expect(await outcome).toEqual({ kind: "aborted" });
  });

  it("in the middle of a body ends the upstream call, also before it read any of it (S-116)", async () => {
    for (const chunksRead of [0, 1]) {
      const held = createHeldSend();
      const outcome = createForward({ send: held.send })(get("/api/notes"), target, "token", CALLER);
      held.answer(ok(stream(1, 1)));
      const iterator = (answered(await outcome).response.body as AsyncIterable<Uint8Array>)[
        Symbol.asyncIterator
      ]();
      if (chunksRead === 1) await iterator.next();
      await iterator.return?.();
      expect(held.requests[0]?.signal.aborted).toBe(true);
    }
  });

  it("isn't listened to any more when the answer is over", async () => {
    const client = new AbortController();
    const held = createHeldSend();
    const outcome = createForward({ send: held.send })(
      { ...get("/api/notes"), signal: client.signal },
      target,
      "token",
      CALLER,
    );
    held.answer(ok(stream(3)));
    expect(await readAll(answered(await outcome).response.body)).toHaveLength(3);
    client.abort();
    expect(held.requests[0]?.signal.aborted).toBe(false);
  });
});

describe("an upload of unknown length", () => {
  const chunked = (body: AsyncIterable<Uint8Array>) => ({
    method: "POST",
    rawTarget: "/api/notes",
    headers: [["transfer-encoding", "chunked"]] as const,
    body,
  });

  it("that turns out too large is cut off: the upstream never sees the excess (S-148)", async () => {
    const held = createHeldSend();
    const outcome = createForward({ send: held.send })(chunked(stream(6, 6)), target, "token", CALLER);
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of uploadOf(held.requests[0])) seen += chunk.length;
    })();
    await expect(reading).rejects.toThrow(RangeError);
    expect(seen).toBe(6);
    expect(await outcome).toEqual({ kind: "refused", code: "body_too_large" });
    expect(held.requests[0]?.signal.aborted).toBe(true);
  });

  it("ends with an answer that is over before it, and the client can still be told (S-116)", async () => {
    let isClosed = false;
    const endless = (async function* () {
      try {
        for (;;) yield bytes(0);
      } finally {
        isClosed = true;
      }
    })();
    const held = createHeldSend();
    const outcome = createForward({ send: held.send })(chunked(endless), target, "token", CALLER);
    const upload = uploadOf(held.requests[0])[Symbol.asyncIterator]();
    await upload.next();
    held.answer(ok());
    expect((await outcome).kind).toBe("answered");
    expect(held.requests[0]?.signal.aborted).toBe(true);
    await upload.return?.();
    expect(isClosed).toBe(false);
  });

  it("of exactly the limit passes", async () => {
    const held = createHeldSend();
    const outcome = createForward({ send: held.send })(chunked(stream(6, 4)), target, "token", CALLER);
    expect(await readAll(uploadOf(held.requests[0]))).toHaveLength(10);
    held.answer(ok());
    expect((await outcome).kind).toBe("answered");
  });
});

describe("a hung upstream", () => {
  it("takes so many calls and no more, and none from other upstreams (S-143)", async () => {
    const held = createHeldSend();
    const forward = createForward({ send: held.send });
    const limited = { ...target, limits: { maxConcurrent: 500, maxQueued: 0, queueTimeoutMs: 0 } };
    const clients = Array.from({ length: 500 }, () => new AbortController());
    const hung = clients.map(async ({ signal }) =>
      forward({ ...get("/api/notes"), signal }, limited, "token", CALLER),
    );
    expect(await forward(get("/api/notes"), limited, "token", CALLER)).toEqual({
      kind: "overloaded",
      limit: "upstream",
      retryAfterMs: 1_000,
    });
    expect(held.requests).toHaveLength(500);
    const healthy = forward(get("/api/notes"), notes("https://healthy.example"), "token", CALLER);
    held.answer(ok(), 500);
    expect((await healthy).kind).toBe("answered");
    clients[0]?.abort();
    await hung[0];
    const next = forward(get("/api/notes"), limited, "token", CALLER);
    held.answer(ok(), 501);
    expect((await next).kind).toBe("answered");
    for (const client of clients) client.abort();
    expect((await Promise.all(hung)).every(({ kind }) => kind === "aborted")).toBe(true);
  });
});

describe("an answer that nobody wants", () => {
  it("is given up with the upstream call", async () => {
    const held = createHeldSend();
    const outcome = createForward({ send: held.send })(get("/api/notes"), target, "token", CALLER);
    held.answer(ok(stream(1)));
    answered(await outcome).discard();
    expect(held.requests[0]?.signal.aborted).toBe(true);
  });
});
