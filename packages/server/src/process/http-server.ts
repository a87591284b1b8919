import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { hasRefusalPage, MAX_HEADER_BYTES, MAX_TARGET_BYTES } from "@coatcheck/bff";
import type { BffResponse, RefusalPage } from "@coatcheck/bff";
import { KEEP_ALIVE_TIMEOUT_MS } from "@coatcheck/bff/node";
import { PROBLEM_HEADER, PROBLEM_STATUS, type ProblemCode } from "@coatcheck/contract";
import { ServerError } from "../server-error.ts";
import { isNavigation } from "../static/is-navigation.ts";

/** Limits that no configuration lifts. Node's own counts path, query and headers together, so that ours say which it was. */
const MAX_HEAD_BYTES = 48 * 1024;
const MAX_HEADER_COUNT = 200;
/** For all headers, and for the whole request: slow bodies are bounded by the routes' own deadlines before that. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 300_000;
const CONNECTIONS_CHECK_MS = 5_000;

export interface ListeningPlace {
  readonly port: number;
  readonly host: string;
  /** A socket that listens already: then that one, whatever port and host say. */
  readonly fd?: number | undefined;
}

export interface HttpServer {
  /** @throws {ServerError} `port_taken` */
  listen(place: ListeningPlace): Promise<void>;
  /**
   * Takes no new connection, lets running requests finish for at most `graceMs`, then closes what is left.
   *
   * @returns how many requests were cut off.
   */
  close(graceMs: number): Promise<number>;
  /** Resolves when every request that is under way now has been answered, or given up. */
  answered(): Promise<void>;
  readonly raw: Server;
}

/** A server with bounded headers, connections and times, whose every answer to a broken request is a problem (S-138, S-148). */
export function createHttpServer(options: {
  readonly listener: RequestListener;
  readonly maxConnections: number;
  /** Headers of the answers that Node would otherwise write itself. */
  readonly securityHeaders: readonly (readonly [name: string, value: string])[];
  /** What a person gets in place of a problem. */
  readonly pages?: Readonly<Record<RefusalPage, BffResponse & { readonly body: string }>>;
}): HttpServer {
  let isClosing = false;
  /** How many requests of a connection are under way: they may come before the one ahead of them is answered. */
  const requestsOn = new WeakMap<Socket, number>();
  // Counted, and not kept in a set: one that lives as long as the process makes each response in it outlive its request.
  let underWay = 0;
  let arriving = createTally();
  let earlier: Promise<unknown> = Promise.resolve();

  function refuse(response: ServerResponse, code?: string): void {
    const { head, body } = refusalPage(response.req, code) ?? refusal(code, options.securityHeaders);
    response.writeHead(head.status, head.headers.flat());
    response.end(body);
  }

  /** Whoever has too many cookies of other applications can't know from JSON that clearing them helps. */
  function refusalPage(
    { method, headers: asked }: IncomingMessage,
    code: string | undefined,
  ): Refusal | undefined {
    const [problem] = OWN_PROBLEMS[code ?? ""] ?? [];
    // A service worker gets its page by a call of its own, which no longer counts as a navigation.
    const isByWorker = asked["sec-fetch-dest"] === "empty" && asked.accept?.startsWith("text/html") === true;
    const isForPerson = method === "GET" && (isNavigation(asked) || isByWorker);
    if (problem === undefined || !hasRefusalPage(problem) || !isForPerson) return undefined;
    const page = options.pages?.[problem];
    return page && complete(page);
  }

  const server = createServer(
    {
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      noDelay: true,
      // Node's own refusal has no headers of ours.
      requireHostHeader: false,
    },
    (request, response) => {
      const { socket } = request;
      const tally = arriving;
      underWay += 1;
      tally.count += 1;
      requestsOn.set(socket, (requestsOn.get(socket) ?? 0) + 1);
      response.on("close", () => {
        underWay -= 1;
        tally.count -= 1;
        if (tally.count === 0) tally.onNone();
        requestsOn.set(socket, (requestsOn.get(socket) ?? 1) - 1);
      });
      if (isClosing) response.shouldKeepAlive = false;
      if (request.headers.host === undefined && request.httpVersion !== "1.0") refuse(response);
      else if ((request.url?.length ?? 0) > MAX_TARGET_BYTES) refuse(response, TARGET_OVERFLOW);
      else if (headerBytes(request) > MAX_HEADER_BYTES) refuse(response, HEADER_OVERFLOW);
      else options.listener(request, response);
    },
  );
  server.on("checkExpectation", (_request, response) => refuse(response, "ERR_UNMET_EXPECTATION"));
  server.maxHeadersCount = MAX_HEADER_COUNT;
  server.maxConnections = options.maxConnections;
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // Without the second of these, the refusal would stand in the middle of an answer that is under way.
    const isAnswering = (requestsOn.get(socket) ?? 0) > 0;
    if (error.code === "ECONNRESET" || isAnswering || !socket.writable) socket.destroy();
    else socket.end(renderRefusal(error.code, options.securityHeaders));
  });

  return {
    raw: server,
    async listen({ port, host, fd }) {
      await new Promise<void>((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) => {
          const isTaken = error.code === "EADDRINUSE";
          const [problem, fix] = isTaken
            ? [`Port ${port} of ${host} is taken by another process`, "stop it, or set PORT."]
            : [`Can't listen on ${host}:${port} (${error.code ?? "unknown"})`, "check HOST and PORT."];
          reject(new ServerError("port_taken", problem, fix, { cause: error }));
        });
        server.listen(fd === undefined ? { port, host } : { fd }, resolve);
      });
    },
    async answered() {
      const these = arriving;
      arriving = createTally();
      const none = new Promise<void>((resolve) => {
        if (these.count === 0) resolve();
        else these.onNone = resolve;
      });
      earlier = Promise.all([earlier, none]).then(() => undefined);
      await earlier;
    },
    async close(graceMs) {
      isClosing = true;
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      // A connection becomes idle when its last answer has left; Node looks once, we look again.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      let cutOff = 0;
      const grace = setTimeout(() => {
        cutOff = underWay;
        server.closeAllConnections();
        // Node knows nothing of connections that carry something else by now: nobody waits for those.
        resolve();
      }, graceMs);
      grace.unref();
      await closed;
      clearInterval(idle);
      clearTimeout(grace);
      return cutOff;
    },
  };
}

/** Requests that arrived in one stretch of time, and aren't answered yet. */
interface Tally {
  count: number;
  onNone: () => void;
}

function createTally(): Tally {
  return { count: 0, onNone: () => undefined };
}

/** As Node counts them: names and values. */
function headerBytes({ rawHeaders }: IncomingMessage): number {
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}

interface Refusal {
  readonly head: {
    readonly status: number;
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
  readonly body: string;
}

const HEADER_OVERFLOW = "HPE_HEADER_OVERFLOW";
const TARGET_OVERFLOW = "TARGET_OVERFLOW";

const OWN_PROBLEMS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  [HEADER_OVERFLOW]: ["headers_too_large", "The header fields are too large."],
  [TARGET_OVERFLOW]: ["uri_too_long", "The address is too long."],
  other_host: ["bad_request", "No application is at this host."],
  nothing_there: ["unknown_route", "There is nothing here."],
};

/** Answers by status of their own, though the problem is the same. */
const OWN_STATUS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  ERR_UNMET_EXPECTATION: 417,
  other_host: 421,
};

/** What a request is answered that no application is asked about. */
export function refusal(code: string | undefined, securityHeaders: Refusal["head"]["headers"]): Refusal {
  const [problem, title] =
    OWN_PROBLEMS[code ?? ""] ?? (["bad_request", "The request can't be read."] as const);
  const status = OWN_STATUS[code ?? ""] ?? PROBLEM_STATUS[problem];
  const body = JSON.stringify({ type: `urn:coatcheck:problem:${problem}`, title, status, code: problem });
  const headers: Refusal["head"]["headers"] = [
    ...securityHeaders,
    ["content-type", "application/problem+json"],
    ["cache-control", "no-store"],
    [PROBLEM_HEADER, problem],
  ];
  return complete({ status, headers, body });
}

function complete({ body, status, headers }: Refusal["head"] & Pick<Refusal, "body">): Refusal {
  const length = String(Buffer.byteLength(body));
  return {
    head: { status, headers: [...headers, ["content-length", length], ["connection", "close"]] },
    body,
  };
}

function renderRefusal(code: string | undefined, securityHeaders: Refusal["head"]["headers"]): string {
  const { head, body } = refusal(code, securityHeaders);
  const { status, headers } = head;
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines}\r\n${body}`;
}
