import type { IncomingMessage, RequestListener } from "node:http";
import { securityHeaders, type BffConfig, type createBff, type Observer, type Tracing } from "@coatcheck/bff";
import type { ChosenSocketBff } from "@coatcheck/bff/node";
import type { Frontend } from "../environment/frontends.ts";
import { createNoncedHtml } from "../static/nonced-html.ts";
import { answerStatic, type StaticOptions } from "../static/static-answer.ts";
import { SERVICE_WORKER_PATH, type StaticSite } from "../static/static-site.ts";
import { createFrontendListener, type ServedFrontend } from "./answer-frontends.ts";
import { createChooseFrontend } from "./choose-frontend.ts";
import { composeBff, type ComposedBff } from "./compose-bff.ts";
import type { Shared } from "./open-ledger.ts";
import type { WriteLog } from "./write-log.ts";

/** What the frontends of a process are made of, whatever their configuration says. */
export interface FrontendParts extends Shared {
  /** One a frontend, in their order. */
  readonly sites: readonly StaticSite[];
  readonly log: WriteLog;
  /** Default: the production one. */
  readonly createBff?: typeof createBff | undefined;
  readonly observer?: Observer | undefined;
  readonly tracing: Tracing | undefined;
}

/** All frontends of a process under one configuration, as one thing that answers. */
export interface ComposedFrontends {
  readonly listener: RequestListener;
  /** Which BFF a WebSocket's handshake is for; `undefined`: none. */
  chooseSocketBff(incoming: IncomingMessage): ChosenSocketBff | undefined;
  /** Closes its WebSockets with 1012, and takes no more. */
  closeSockets(): void;
  /** Resolves when it knows which sessions have ended. */
  ready(): Promise<void>;
  /** Asks the providers for their metadata, and waits for it half a second at most, so that the first call needn't. */
  askProviders(): Promise<void>;
  /** Turns unready, and resolves when everything that was begun is recorded. */
  drain(): Promise<void>;
  /** Lets go of connections, but not of the ledger, which others use, too. */
  close(): Promise<void>;
}

/** @throws {BffError} `config_invalid` */
export function composeFrontends(
  frontends: readonly Frontend[],
  { sites, ...parts }: FrontendParts,
): ComposedFrontends {
  const composed = frontends.map((frontend, index) =>
    serveFrontend(frontend, sites[index] as StaticSite, parts),
  );
  const [first, ...others] = composed;
  if (first === undefined) throw new TypeError("a server serves at least one frontend");
  // Nothing to choose, and nothing to take off.
  const isAlone = first.name === "" && first.bff.basePath === undefined;
  const bffs = composed.map(({ composed: { bff } }) => bff);
  const choose = createChooseFrontend(composed);
  return {
    listener: isAlone ? first.listener : createFrontendListener([first, ...others], choose),
    chooseSocketBff({ url: rawTarget = "/", headers }) {
      if (isAlone) return { bff: first.composed.bff, rawTarget };
      const chosen = choose(headers.host, rawTarget);
      return chosen.kind === "found"
        ? { bff: chosen.served.composed.bff, rawTarget: chosen.rawTarget }
        : undefined;
    },
    closeSockets: () => bffs.forEach((bff) => bff.closeSockets()),
    ready: async () => void (await Promise.all(bffs.map((bff) => bff.ready()))),
    askProviders: async () => void (await Promise.all(bffs.map((bff) => bff.readiness()))),
    drain: async () => void (await Promise.all(bffs.map((bff) => bff.drain()))),
    close: async () => void (await Promise.all(composed.map(({ composed: { close } }) => close()))),
  };
}

function serveFrontend(
  frontend: Frontend,
  site: StaticSite,
  { log, ...parts }: Omit<FrontendParts, "sites">,
): ServedFrontend & { readonly composed: ComposedBff } {
  const { name, bff: config } = frontend;
  const composed = composeBff({
    ...parts,
    config,
    log: name === "" ? log : (line) => log(Object.assign({}, line, { frontend: name })),
    isFile: (path) => site.files.has(path),
  });
  return { ...frontend, composed, listener: createListener(composed, site, config) };
}

/** What the BFF owns, in whatever spelling, goes to it alone; of the rest, the page answers what it has. */
function createListener(
  { bff, answer: answerByBff }: ComposedBff,
  site: StaticSite,
  config: BffConfig,
): RequestListener {
  const ofHtml = { ...config, hasServiceWorker: site.files.has(SERVICE_WORKER_PATH) };
  const page: StaticOptions = {
    site,
    basePath: config.basePath ?? "",
    isPage: bff.isPage,
    htmlHeaders: securityHeaders("html", ofHtml),
    assetHeaders: securityHeaders("asset", config),
    workerHeaders: securityHeaders("worker", config),
    ...(config.page?.styleNonce === true
      ? {
          newHtml: createNoncedHtml(site.index, (styleNonce) =>
            securityHeaders("html", { ...ofHtml, styleNonce }),
          ),
        }
      : {}),
  };
  return (request, response) => {
    const rawTarget = request.url ?? "";
    const { method = "", headers } = request;
    const answer = bff.owns(rawTarget) ? undefined : answerStatic({ method, rawTarget, headers }, page);
    if (answer === undefined) {
      answerByBff(request, response);
      return;
    }
    response.writeHead(answer.status, answer.headers.flat());
    response.end(answer.body);
  };
}
