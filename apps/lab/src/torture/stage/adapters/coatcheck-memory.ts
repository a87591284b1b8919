import { startChildServer } from "../child-server.ts";
import type { TortureTarget } from "../target.ts";
import { coatcheck } from "./coatcheck.ts";

/** The README's Hono app in one process, with the ledger in its memory: what a deploy or a crash ends is gone. */
export const coatcheckMemory: TortureTarget = {
  ...coatcheck,
  name: "coatcheck-memory",
  configuration: "the README's Hono app, with the ledger in memory; one process",
  start: (port, setting) =>
    startChildServer({
      entry: new URL("./coatcheck-memory.server.ts", import.meta.url),
      environment: {
        PORT: String(port),
        PUBLIC_ORIGIN: setting.origin,
        COOKIE_KEY: setting.secret,
        ISSUER: setting.issuer,
        CLIENT_ID: setting.clientId,
        CLIENT_SECRET: setting.clientSecret,
        SCOPE: ["openid profile email", ...setting.apiScopes].join(" "),
        ROUTES: JSON.stringify(setting.routes),
      },
    }),
};
