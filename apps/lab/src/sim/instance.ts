import type { Bff, BffResponse, LogEvent } from "@coatcheck/bff";
import type { Ledger, TokensEvent } from "@coatcheck/tokens";
import type { PlainRequest, UpstreamSend } from "@coatcheck/proxy";
import type { Provider } from "@coatcheck/oauth";
import type { CodeUnderTest } from "./code-under-test.ts";
import { count, type Coverage } from "./coverage.ts";
import { createRandom } from "./random.ts";
import type { SimCrypto } from "./sim-crypto.ts";
import type { SimProcess } from "./sim-process.ts";
import { ISSUER } from "./sim-provider.ts";
import type { Witness } from "./witness.ts";
import type { WorldSettings } from "./world-settings.ts";

export const ORIGIN = "https://app.example";
export const RESOURCES = {
  "api-a": "https://a.example/",
  "api-b": "https://b.example/",
  "api-plain": "",
} as const;

/** One running server process. */
export interface Instance {
  readonly process: SimProcess;
  readonly bff: Bff;
  /** It may get traffic. */
  isServing: boolean;
  handle(request: PlainRequest): Promise<BffResponse>;
}

export interface InstanceParts {
  readonly code: CodeUnderTest;
  readonly process: SimProcess;
  readonly settings: WorldSettings;
  readonly ledger: Ledger;
  readonly provider: Provider;
  readonly send: UpstreamSend;
  readonly crypto: SimCrypto;
  readonly coverage: Coverage;
  readonly witness: Witness;
  readonly log: (line: () => string) => void;
}

const API_ROUTES = Object.entries(RESOURCES).map(([name, resource]) => {
  const prefix = `/api/${name}`;
  const upstream = `https://${name}.example`;
  return resource === "" ? { prefix, upstream } : { prefix, upstream, resource };
});
const PEER = { remoteAddress: "192.0.2.1" };
const COOKIE_KEY = Buffer.from(createRandom(1).bytes(32)).toString("base64url");

/** Starts the real BFF on simulated ports. */
export function startInstance(parts: InstanceParts): Instance {
  const { process, settings, crypto, coverage, witness } = parts;

  function onLog(event: LogEvent): void {
    parts.log(() => `   ${process.name}: ${JSON.stringify(event)}`);
    if (event.event === "internal_error") {
      witness.accuse(`internal error: ${String(event["kind"])} ${String(event["where"])}`);
    }
  }

  const bff = parts.code.assembleBff(
    {
      publicOrigin: ORIGIN,
      cookieKeys: [COOKIE_KEY],
      provider: {
        issuer: ISSUER,
        clientId: "client",
        clientSecret: COOKIE_KEY,
        scope: "openid",
        tokenTimeoutMs: settings.tokenTimeoutMs,
      },
      routes: API_ROUTES,
      session: { idleTimeoutSeconds: settings.idleSeconds, absoluteTimeoutSeconds: settings.absoluteSeconds },
      refresh: { windowRefresh: settings.windowRefresh, onStaleCookie: settings.onStaleCookie },
    },
    {
      ...process.ports,
      fetch: () => Promise.reject(new Error("nothing of a simulated world uses fetch")),
      send: parts.send,
      ledger: parts.ledger,
      provider: parts.provider,
      sealer: crypto.sealer,
      mac: crypto.mac,
      successorCrypto: crypto.successors,
      log: onLog,
      observer: { tokens: (event) => onTokensEvent(event) },
    },
  );

  function onTokensEvent(event: TokensEvent): void {
    if (event.kind === "defect") witness.accuse(`a defect in the keeper of tokens: ${event.reason}`);
    if (event.kind === "ledger_down") witness.storeReported(process, "down");
    if (event.kind === "ledger_up") witness.storeReported(process, "up");
    count(coverage, nameOf(event));
  }

  return {
    process,
    bff,
    isServing: false,
    handle: (request) => bff.answerApiCall(request, PEER) ?? answerByApp(bff, request),
  };
}

/** What isn't an API call goes through the app, as it does in production. */
async function answerByApp(bff: Bff, request: PlainRequest): Promise<BffResponse> {
  const { method, rawTarget, headers, body, signal = null } = request;
  const init = body === null ? { method, signal } : { method, signal, body, duplex: "half" };
  const incoming = { url: rawTarget, rawHeaders: headers.flat(), socket: PEER };
  const response = await bff.app.fetch(new Request(ORIGIN + rawTarget, init as RequestInit), { incoming });
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

function nameOf(event: TokensEvent): string {
  if (event.kind === "refresh") return `refresh ${event.outcome}`;
  if (event.kind === "late_success") return `late success ${event.revoked ? "revoked" : "dropped"}`;
  return event.kind.replaceAll("_", " ");
}
