import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BFF_PATHS } from "@coatcheck/contract";
import { findFreePort } from "@coatcheck/demo";
import { bringVisitor } from "../torture/stage/bring-visitor.ts";
import { startChildServer } from "../torture/stage/child-server.ts";
import { isInstalled, startDaemon } from "../torture/stage/daemon.ts";
import { onStage } from "../torture/stage/stage.ts";
import type { TargetInstance, TortureTarget } from "../torture/stage/target.ts";
import type { ScenarioName } from "./scenarios.ts";
import { tracedTarget, type TraceSampling } from "./traced/traced-target.ts";

/** Something that a bench sends requests to, as it runs. */
export interface RunningTarget {
  readonly port: number;
  /** The processes whose CPU time and memory count; their children count as well. */
  readonly pids: readonly number[];
  /** Where the API is offered. */
  readonly prefix: string;
  /** What a signed-in page's requests carry; without the cookie, a stranger's. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where it says who is signed in; `undefined`: nowhere. */
  readonly sessionPath: string | undefined;
}

export interface BenchTarget {
  readonly name: string;
  /** A proxy without sign-in: it knows neither refusals nor sessions. */
  readonly isBare: boolean;
  /** What is missing on this machine; `undefined`: nothing. */
  readonly missing?: string | undefined;
  /** Runs it for as long as `use` takes. */
  run<T>(upstream: string, use: (running: RunningTarget) => Promise<T>): Promise<T>;
}

/** What costs are told as multiples of. */
export const YARDSTICK = "undici";

/** Whether a target has an answer to a scenario. The yardstick, which knows neither refusals nor sessions, forwards there. */
export function plays(target: BenchTarget, running: RunningTarget, scenario: ScenarioName): boolean {
  if (target.name === YARDSTICK) return true;
  if (scenario === "refused") return !target.isBare;
  return scenario !== "session" || running.sessionPath !== undefined;
}

/** The API behind all targets, and a target itself. */
export const UPSTREAM_SERVER = new URL("./upstream.server.ts", import.meta.url);

const MAX_LOOKS = 100;
/** How long a token lives in a bench: none expires. */
const TOKEN_SECONDS = 3_600;

function bare(
  name: string,
  start: (port: number, upstream: string) => Promise<TargetInstance>,
  missing?: string,
): BenchTarget {
  return {
    name,
    isBare: true,
    missing,
    async run(upstream, use) {
      const port = await findFreePort(0);
      const instance = await start(port, upstream);
      try {
        return await use({ port, pids: instance.pids(), prefix: "", headers: {}, sessionPath: undefined });
      } finally {
        await instance.stop("SIGTERM");
      }
    },
  };
}

function child(entry: URL): (port: number, upstream: string) => Promise<TargetInstance> {
  return (port, upstream) =>
    startChildServer({ entry, environment: { PORT: String(port), UPSTREAM: upstream } });
}

async function nginx(port: number, upstream: string): Promise<TargetInstance> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-nginx-"));
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; client_max_body_size 32m; keepalive_requests 1000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream api { server ${new URL(upstream).host}; keepalive 64; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${port}; location / {
    proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_request_buffering off;
  } }
}`,
  );
  const instance = await startDaemon({
    program: "nginx",
    args: ["-p", folder, "-c", join(folder, "nginx.conf")],
    port,
  });
  return {
    ...instance,
    async stop(signal) {
      await instance.stop(signal);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface PeerOptions {
  readonly sessionPath?: string;
  readonly missing?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ledger?: "redis";
  /** Default 1. */
  readonly workers?: number;
}

function signedIn(name: string, load: () => Promise<TortureTarget>, options: PeerOptions = {}): BenchTarget {
  return {
    name,
    isBare: false,
    missing: options.missing,
    async run(upstream, use) {
      const target = await load();
      const { ledger, environment, workers = 1 } = options;
      const stageOptions = {
        target,
        workers,
        tokenSeconds: TOKEN_SECONDS,
        people: 1,
        upstream,
        ...(ledger === undefined ? {} : { ledger }),
        ...(environment === undefined ? {} : { environment }),
      };
      return onStage(stageOptions, async (stage) => {
        const visitor = await bringVisitor(stage);
        const instance = stage.instance(0);
        // Each of several says by itself that it listens.
        for (let looks = 0; instance.pids().length < workers && looks < MAX_LOOKS; looks += 1)
          await sleep(100);
        return use({
          port: stage.ports[0] ?? 0,
          pids: instance.pids(),
          prefix: "/api/bench",
          headers: {
            // Spelt so: wrk knows no other spelling, and would send a second one.
            Host: new URL(stage.origin).host,
            accept: "application/json",
            "sec-fetch-site": "same-origin",
            "sec-fetch-mode": "cors",
            "sec-fetch-dest": "empty",
            ...target.pageHeaders,
            cookie: visitor.cookie(),
          },
          sessionPath: options.sessionPath,
        });
      });
    },
  };
}

/** Our own server as it is in another checkout. */
export function coatcheckTarget(name: string, entry: URL): BenchTarget {
  return signedIn(
    name,
    async () => (await import("../torture/stage/adapters/coatcheck.ts")).coatcheckOf(entry, name),
    { sessionPath: BFF_PATHS.session },
  );
}

function traced(name: string, sampling: TraceSampling): BenchTarget {
  return tracedTarget(name, sampling, (environment) =>
    signedIn(name, async () => (await import("../torture/stage/adapters/coatcheck.ts")).coatcheck, {
      sessionPath: BFF_PATHS.session,
      environment,
    }),
  );
}

const APACHE = isInstalled("apache2") ? undefined : "apache2 and libapache2-mod-auth-openidc";
const OAUTH2_PROXY = isInstalled(process.env["OAUTH2_PROXY"] ?? "oauth2-proxy")
  ? undefined
  : "oauth2-proxy on the PATH, or its place in OAUTH2_PROXY";

/** In the order of the table. */
export const BENCH_TARGETS: readonly BenchTarget[] = [
  bare("upstream", child(UPSTREAM_SERVER)),
  bare("nginx", nginx, isInstalled("nginx") ? undefined : "nginx"),
  bare(YARDSTICK, child(new URL("./bare/undici.server.ts", import.meta.url))),
  bare("node-http", child(new URL("./bare/node-http.server.ts", import.meta.url))),
  bare("hono-proxy", child(new URL("./bare/hono-proxy.server.ts", import.meta.url))),
  signedIn("coatcheck", async () => (await import("../torture/stage/adapters/coatcheck.ts")).coatcheck, {
    sessionPath: BFF_PATHS.session,
  }),
  traced("coatcheck-traced", { TELEMETRY_TRACE_ONE_IN: "100" }),
  traced("coatcheck-traced-by-sdk", { SDK_SAMPLES: "0.01" }),
  signedIn(
    "coatcheck-two-workers",
    async () => (await import("../torture/stage/adapters/coatcheck.ts")).coatcheck,
    { sessionPath: BFF_PATHS.session, workers: 2 },
  ),
  signedIn(
    "coatcheck-through-app",
    async () => (await import("../torture/stage/adapters/coatcheck.ts")).coatcheckThroughApp,
    { sessionPath: BFF_PATHS.session },
  ),
  signedIn(
    "mod_auth_openidc",
    async () => (await import("../torture/stage/adapters/mod-auth-openidc.ts")).modAuthOpenidcCache,
    { missing: APACHE },
  ),
  signedIn(
    "mod_auth_openidc-cookie",
    async () => (await import("../torture/stage/adapters/mod-auth-openidc.ts")).modAuthOpenidcCookie,
    { missing: APACHE },
  ),
  signedIn(
    "oauth2-proxy-cookie",
    async () => (await import("../torture/stage/adapters/oauth2-proxy.ts")).oauth2ProxyCookie,
    { missing: OAUTH2_PROXY, sessionPath: "/oauth2/userinfo" },
  ),
  signedIn(
    "oauth2-proxy-redis",
    async () => (await import("../torture/stage/adapters/oauth2-proxy.ts")).oauth2ProxyRedis,
    { missing: OAUTH2_PROXY, sessionPath: "/oauth2/userinfo", ledger: "redis" },
  ),
  signedIn(
    "hono-oidc-auth",
    async () => (await import("../torture/stage/adapters/hono-oidc-auth.ts")).honoOidcAuth,
    { sessionPath: "/api/me" },
  ),
  signedIn(
    "express-openid-connect",
    async () => (await import("../torture/stage/adapters/express-openid-connect.ts")).expressOpenidConnect,
  ),
];
