import { BFF_PATHS } from "@coatcheck/contract";
import type { Context, Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import { answerPage } from "../hono/human-page.ts";
import { BACK_TO_START } from "../response/render-human-page.ts";
import { logSignInFailed } from "../observe/log-lines.ts";
import type { Parts } from "../parts.ts";
import { THIRD_PARTY_LOGIN_PATH } from "../providers/provider-path.ts";
import type { SignInProvider } from "../providers/sign-in-provider.ts";
import { OWN_BODY_BYTES } from "../request/limits.ts";
import { readBody } from "../request/read-body.ts";
import { withBasePath, withoutBasePath } from "../response/base-path.ts";
import { HOME, parseReturnPath } from "../return-path.ts";
import type { ReturnPath } from "../return-path.ts";
import { handedOn, single } from "./link-parameters.ts";

/** Why somebody who was sent here isn't shown the button. */
type InitiationReason = "initiation_unreadable" | "initiator_unknown" | "target_not_listed";

/**
 * `GET` and `POST /bff/third-party-login`: a provider, or somebody in its name, sends a person here to sign in. They get a page
 * of ours with a button: another site begins no sign-in by itself (S-013), and leads to no place that isn't listed.
 *
 * @see OpenID Connect Core section 4
 */
export function addThirdPartyLoginRoute(app: Hono<RouteEnv>, parts: Parts): void {
  const { providers, settings, log } = parts;
  const { returnPaths } = settings.thirdPartyLogin;
  if (returnPaths.length === 0) return;

  app.get(THIRD_PARTY_LOGIN_PATH, (c) => answer(c, new URLSearchParams(c.var.bffRequest.rawQuery)));
  app.post(THIRD_PARTY_LOGIN_PATH, async (c) => {
    const { plain, headers } = c.var.bffRequest;
    const isForm = /^application\/x-www-form-urlencoded(?:\s*;|$)/iu.test(headers.get("content-type") ?? "");
    const body = await readBody(plain.body, headers, OWN_BODY_BYTES);
    return isForm && body.kind === "read"
      ? answer(c, new URLSearchParams(new TextDecoder().decode(body.bytes)))
      : refuse(c, "initiation_unreadable");
  });

  async function answer(c: Context<RouteEnv>, asked: URLSearchParams): Promise<Response> {
    const iss = single(asked, "iss");
    const own = providers.all.find(({ provider }) => provider.issuer === iss);
    if (own === undefined) return refuse(c, "initiator_unknown");
    const target = targetOf(asked);
    if (target === undefined) return refuse(c, "target_not_listed");
    const { label } = own;
    return answerPage(
      c,
      {
        status: 200,
        title: "Sign in",
        text: `You were sent here by another site. Go on if you want to sign in with ${label}.`,
        links: [
          { href: hrefOf(own, target, handedOn(asked, "login_hint")), text: `Sign in with ${label}` },
          BACK_TO_START,
        ],
      },
      settings,
    );
  }

  /** @returns `undefined`: it is none of the listed places */
  function targetOf(asked: URLSearchParams): ReturnPath | undefined {
    if (!asked.has("target_link_uri")) return HOME;
    const url = URL.parse(single(asked, "target_link_uri") ?? "");
    if (url === null || url.origin !== settings.publicOrigin || url.username + url.password !== "")
      return undefined;
    const raw = withoutBasePath(settings.basePath, url.pathname + url.search + url.hash);
    const { path } = parseReturnPath(raw, parts.isPage);
    const [pathname = ""] = path.split(/[?#]/u);
    // What the page doesn't have became its start.
    const isSame = path === raw;
    return isSame && returnPaths.some((listed) => isUnder(pathname, listed)) ? path : undefined;
  }

  function hrefOf({ name }: SignInProvider, target: ReturnPath, loginHint: string | undefined): string {
    const query = new URLSearchParams({ returnTo: withBasePath(settings.basePath, target) });
    if (loginHint !== undefined) query.set("login_hint", loginHint);
    return `${BFF_PATHS.login}${providers.all.length === 1 ? "" : `/${name}`}?${query}`;
  }

  function refuse(c: Context<RouteEnv>, reason: InitiationReason): Promise<Response> {
    const { requestId, clientAddress } = c.var.bffRequest;
    logSignInFailed(log, "warn", { requestId, clientAddress, reason });
    return answerPage(
      c,
      {
        status: 400,
        title: "This link leads nowhere here",
        text: "The site that sent you here asked for something that this application doesn't know.",
        links: [BACK_TO_START],
      },
      settings,
    );
  }
}

function isUnder(pathname: string, listed: string): boolean {
  return listed.endsWith("*") ? pathname.startsWith(listed.slice(0, -1)) : pathname === listed;
}
