import type { Hono } from "hono";
import type { AnswerDirectly } from "./answer-directly.ts";
import type { AnswerSocket } from "./api/answer-socket.ts";
import { assembleBff } from "./assemble-bff.ts";
import type { BffConfig } from "./config/bff-config.ts";
import type { BffEnv } from "./hono/bff-env.ts";
import type { PublicMiddleware } from "./hono/public-middleware.ts";
import type { ServerCalls } from "./hono/server-calls.ts";
import type { Visit } from "./hono/visit.ts";
import type { BffPorts } from "./ports.ts";
import type { Readiness } from "./routes/health-routes.ts";

/** One origin's sign-in, session and API calls. */
export interface Bff extends PublicMiddleware, ServerCalls {
  /** All of it as a Hono app: `app.route("/", bff.app)`. What isn't its own falls through to what is mounted after it. */
  readonly app: Hono<BffEnv>;
  /**
   * Opens the session of a request that another framework routes, behind the middleware that is named: in Express, Fastify and
   * Next.js what `bff.session()` is for Hono. Its outcome goes to `bff.fetch` and `bff.accessToken` in the context's place.
   *
   * @param request a web `Request`, Node's own, or what there is of one: `{ headers: await headers() }` in a server component
   * @param middleware `bff.guard()`, `bff.requireSession()`: where they refuse, the answer is `refused`, with the response to send
   * @example const visit = await bff.visit(request, bff.guard(), bff.requireSession());
   */
  readonly visit: Visit;
  /**
   * The direct way for API calls, without a framework: `undefined` where a request isn't one, or isn't in canonical form.
   * The same guard and session stand behind it. Never rejects.
   */
  readonly answerApiCall: AnswerDirectly;
  /** The same, and for `GET /bff/session`: where no middleware of an app has to run for that. */
  readonly answerDirectly: AnswerDirectly;
  /** Answers the handshake of a WebSocket, for `acceptSockets` of `@coatcheck/bff/node`. Never rejects. */
  readonly answerSocket: AnswerSocket;
  /** Closes the WebSockets of this process with 1012 and takes no more: browsers come back, to another process. */
  closeSockets(): void;
  /** For a raw request target: ours, in whatever spelling. */
  readonly owns: (rawTarget: string) => boolean;
  /**
   * Whether a document navigation to a path gets the page: neither ours, nor an API's, nor a file's (`BffPorts.isFile`). A
   * server of the page that asks this answers where `returnTo` leads, and nowhere else.
   *
   * @param path without query and fragment, as browsers send it.
   */
  readonly isPage: (path: string) => boolean;
  readiness(): Promise<Readiness>;
  /** Resolves when this process knows which sessions have ended; serve after it. Never rejects. */
  ready(): Promise<void>;
  /** Turns unready, and resolves when everything that was begun is recorded: token calls, revocations. */
  drain(): Promise<void>;
  /** Closes the ledger and lets go of the ports' connections. Call it after `drain`, when no request is under way any more. */
  close(): Promise<void>;
}

/**
 * Composes the BFF.
 *
 * @throws {BffError} `config_invalid`: everything that is wrong at once, each with its fix.
 */
export function createBff(config: BffConfig, ports: BffPorts): Bff {
  return assembleBff(config, ports);
}
