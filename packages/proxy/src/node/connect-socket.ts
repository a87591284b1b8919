import type { ClientRequest, IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { ConnectSocket, SocketOutcome } from "../connect-socket.ts";
import { type HeaderList, valuesOf } from "../http-message.ts";
import { type PlannedCall, planCall } from "../request/plan-call.ts";
import { withProof } from "../request/with-proof.ts";
import { challengeOf } from "../response/bearer-challenge.ts";
import { nonceIn } from "../response/nonce-in.ts";
import type { Target } from "../target.ts";

const MAX_PROTOCOLS = 16;
/** Of an API that refuses, the browser is told no more than when to come again. */
const REFUSAL_HEADERS: ReadonlySet<string> = new Set(["retry-after"]);

/** Makes what opens WebSockets at APIs, over `ws`. @param ca certificates (PEM) to trust for https upstreams instead of the system's */
export function createNodeConnectSocket({ ca }: { readonly ca?: string } = {}): ConnectSocket {
  return async (request, target, credential, caller) => {
    const call = planCall(request, target, credential, caller, "websocket");
    if (call.kind !== "planned") return call;
    const protocols = protocolsOf(request.headers);
    if (protocols === undefined) return { kind: "refused", code: "bad_request" };
    const bound = typeof credential === "object" ? credential : undefined;
    const headers = bound === undefined ? call.headers : await withProof(call, request.method, bound);
    return shakeHands(call, target, headers, protocols, ca);
  };
}

/** @returns `undefined` for a list that no browser sends. @see RFC 6455 section 4.1 */
function protocolsOf(headers: HeaderList): readonly string[] | undefined {
  const fields = valuesOf(headers, "sec-websocket-protocol");
  const protocols = fields.flatMap((field) => field.split(",").map((name) => name.trim()));
  const areNames = protocols.every((name) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/u.test(name));
  const isValid =
    areNames && new Set(protocols).size === protocols.length && protocols.length <= MAX_PROTOCOLS;
  return isValid ? protocols : undefined;
}

function shakeHands(
  { destination }: PlannedCall,
  target: Target,
  headers: HeaderList,
  protocols: readonly string[],
  ca: string | undefined,
): Promise<SocketOutcome> {
  return new Promise((resolve) => {
    const socket = new WebSocket(
      destination.origin.replace(/^http/u, "ws") + destination.path,
      [...protocols],
      {
        headers: toRecord(headers),
        maxPayload: target.maxMessageBytes ?? target.maxBodyBytes,
        // A window for each connection costs more memory than all the rest of it.
        perMessageDeflate: false,
        followRedirects: false,
        rejectUnauthorized: true,
        ...target.clientCertificate,
        ...(ca === undefined ? {} : { ca }),
        finishRequest(request) {
          // As it was judged: a URL reads some characters in another way.
          request.path = destination.path;
          boundConnecting(request, target.connectTimeoutMs, () => giveUp("no connection in time"));
          request.end();
        },
      },
    );
    const timer = setTimeout(() => giveUp("no handshake in time"), target.headersTimeoutMs);

    function settle(outcome: SocketOutcome): void {
      clearTimeout(timer);
      resolve(outcome);
    }
    function fail(code: "upstream_failed" | "upstream_timeout", reason: string): void {
      settle({ kind: "failed", code, reason });
    }
    function giveUp(reason: string): void {
      fail("upstream_timeout", reason);
      socket.terminate();
    }
    let nonce = {};
    socket.on("error", (error: NodeJS.ErrnoException) => fail("upstream_failed", error.code ?? "handshake"));
    socket.on("upgrade", (response) => (nonce = nonceIn(pairsOf(response))));
    socket.on("unexpected-response", (request: ClientRequest, response: IncomingMessage) => {
      settle(toRefusal(response));
      request.destroy();
    });
    socket.on("open", () => {
      // What the API says at once waits until somebody listens.
      socket.pause();
      settle({
        kind: "answered",
        response: { status: 101, headers: [], body: null },
        invalidToken: false,
        discard: () => socket.terminate(),
        socket,
        ...nonce,
      });
    });
  });
}

/** As one value a name: what stands twice is a list. */
function toRecord(headers: HeaderList): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name, value] of headers)
    record[name] = record[name] === undefined ? value : `${record[name]}, ${value}`;
  return record;
}

function boundConnecting(request: ClientRequest, ms: number, onLate: () => void): void {
  const timer = setTimeout(onLate, ms);
  const clear = (): void => clearTimeout(timer);
  request.on("close", clear);
  request.on("socket", (connection) => connection.once("connect", clear));
}

/** What an API said instead of taking the handshake. */
function toRefusal(response: IncomingMessage): SocketOutcome {
  const { statusCode: status = 0 } = response;
  const headers = pairsOf(response);
  if (status < 400 || status > 599)
    return {
      kind: "failed",
      code: "upstream_failed",
      reason: "it answers, and takes no WebSocket",
      saysNothing: true,
    };
  const challenge = challengeOf(status, headers);
  return {
    kind: "answered",
    response: { status, headers: headers.filter(([name]) => REFUSAL_HEADERS.has(name)), body: null },
    invalidToken: status === 401 && challenge?.error === "invalid_token",
    ...(challenge === undefined ? {} : { challenge }),
    ...nonceIn(headers),
    discard: () => undefined,
  };
}

function pairsOf({ headersDistinct }: IncomingMessage): HeaderList {
  return Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value) => [name, value] as const),
  );
}
