import type { Caller, ForwardOutcome } from "../src/forward.ts";
import type { HeaderList, PlainRequest, PlainResponse } from "../src/http-message.ts";
import { createTarget, type Target, type TargetConfig } from "../src/target.ts";
import type { UpstreamRequest, UpstreamSend } from "../src/upstream-send.ts";

export const CALLER: Caller = {
  publicOrigin: "https://app.example:8443",
  clientAddress: "203.0.113.7",
  requestId: "req-1",
};

/** Those that routes have unless configuration says otherwise. */
export const USUAL_LIMITS = {
  maxBodyBytes: 33_554_432,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  eventStreamIdleTimeoutMs: "none",
} as const;

export const notes = (origin: string, config: Partial<TargetConfig> = {}): Target =>
  createTarget({ prefix: "/api/notes", upstream: `${origin}/v1`, ...USUAL_LIMITS, ...config });

export const get = (rawTarget: string, headers: HeaderList = []): PlainRequest => ({
  method: "GET",
  rawTarget,
  headers,
  body: null,
});

/** A request with a body of known length. */
export const post = (text: string, headers: HeaderList = []): PlainRequest => ({
  method: "POST",
  rawTarget: "/api/notes",
  headers: [["content-length", String(Buffer.byteLength(text))], ...headers],
  body: new Blob([text]).stream(),
});

export const readAll = async (body: PlainResponse["body"]): Promise<string> => {
  if (body instanceof Uint8Array) return Buffer.from(body).toString("latin1");
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
};

type Answered = Extract<ForwardOutcome, { kind: "answered" }>;

export const answered = (outcome: ForwardOutcome): Answered => {
  if (outcome.kind !== "answered") throw new TypeError(`not answered: ${JSON.stringify(outcome)}`);
  return outcome;
};

/** The upload of a call, which the test reads in the upstream's place. */
export const uploadOf = (request: UpstreamRequest | undefined): AsyncIterable<Uint8Array> => {
  const body = request?.body ?? null;
  if (body === null || body instanceof Uint8Array) throw new TypeError("no upload that streams");
  return body;
};

/** An upstream that keeps what it is sent and gives one answer. */
export const createSendDouble = (
  status = 200,
  headers: HeaderList = [],
): { readonly send: UpstreamSend; readonly requests: readonly UpstreamRequest[] } => {
  const requests: UpstreamRequest[] = [];
  return {
    requests,
    send: (request) => {
      requests.push(request);
      return Promise.resolve({ kind: "answered", status, headers, body: null });
    },
  };
};
