import { context, SpanStatusCode } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Span } from "../tracing/tracing.ts";
import { createTracing } from "./otel-tracing.ts";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracing = createTracing(provider.getTracer("test"), true, 1);
const CALL = { name: "call", kind: "server" } as const;
const PART = { name: "part" };
const INNER = { name: "inner" };

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

describe("a part of what is drawn", () => {
  let passed = 0;
  beforeEach(() => {
    passed = 0;
    const stopped = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => stopped + passed);
    exporter.reset();
  });
  afterEach(() => void vi.restoreAllMocks());

  /** Name and parent of everything that is drawn, the outermost first. */
  async function drawnFor(work: (span: Span) => Promise<unknown>): Promise<readonly string[]> {
    await tracing.within(CALL, async () => tracing.part(PART, work)).catch(() => undefined);
    const all = exporter.getFinishedSpans();
    return all
      .map((span) => {
        const parent = all.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
        return `${span.name} < ${parent?.name ?? "nothing"}`;
      })
      .toReversed();
  }
  const find = (name: string) => exporter.getFinishedSpans().find((span) => span.name === name);

  it("is left out where it took no time, and what it says stands at the span around it", async () => {
    expect(await drawnFor(async (span) => span.set({ "session.state": "active" }))).toEqual([
      "call < nothing",
    ]);
    expect(find("call")?.attributes).toEqual({ "session.state": "active" });
  });

  it("is drawn from its beginning where it took three milliseconds", async () => {
    const drawn = await drawnFor(async (span) => {
      span.set({ "session.state": "active" });
      passed += 3;
    });
    expect(drawn).toEqual(["call < nothing", "part < call"]);
    const [seconds = 0, nanos = 0] = find("part")?.duration ?? [];
    expect(seconds + nanos / 1e9).toBeCloseTo(0.003, 5);
    expect(find("part")?.attributes).toEqual({ "session.state": "active" });
    expect(find("call")?.attributes).toEqual({});
  });

  it.each<readonly [string, readonly string[], (span: Span) => Promise<unknown>]>([
    [
      "something begins within it",
      ["call < nothing", "part < call", "inner < part"],
      () => tracing.within(INNER, async () => undefined),
    ],
    [
      "a part within it is drawn",
      ["call < nothing", "part < call", "inner < part"],
      () => tracing.part(INNER, async (inner) => inner.fail("refused")),
    ],
    ["it fails", ["call < nothing", "part < call"], async (span) => span.fail("refused")],
    ["it rejects", ["call < nothing", "part < call"], () => Promise.reject(new TypeError("secret"))],
    ["it links to another", ["call < nothing", "part < call"], async (span) => span.link(span.identity)],
    [
      "a part within it is left out: neither is",
      ["call < nothing"],
      () => tracing.part(INNER, async (inner) => inner.set({ "inner.kind": "short" })),
    ],
  ])("is drawn where %s", async (_, expected, work) => {
    expect(await drawnFor(work)).toEqual(expected);
  });

  it("says how it failed with a word", async () => {
    await drawnFor(() => Promise.reject(new TypeError("secret")));
    expect(find("part")?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(find("part")?.attributes).toEqual({ "error.type": "TypeError" });
  });
});
