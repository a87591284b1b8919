import { BFF_PATHS } from "@coatcheck/contract";
import type { Random } from "../sim/random.ts";
import {
  cookieFieldOf,
  NAVIGATION,
  OWN_FETCH,
  type Begun,
  type FuzzStage,
  type FuzzVisitor,
} from "./fuzz-stage.ts";
import { mutateMembers, mutateText } from "./mutate.ts";
import { requestBytes, type RawRequest } from "./raw-exchange.ts";

/** One thing that a client sends, and what it may bring about. */
export interface ClientCase {
  readonly bytes: Uint8Array;
  /** The API may be called for it. */
  readonly mayReachApi: boolean;
  /** Statuses that it may get; default: any but 500. */
  readonly statuses?: readonly number[];
}

export interface CaseContext {
  readonly random: Random;
  readonly stage: FuzzStage;
  readonly visitor: FuzzVisitor;
  /** Stands in the query of API calls, so that the API can say which case reached it. */
  readonly name: string;
}

type Headers = RawRequest["headers"];

const PATHS = [
  ...Object.values(BFF_PATHS),
  "/api/notes/1",
  "/api/notes",
  "/api/unknown",
  "/",
  "/index.html",
  "/a/b.c",
  "/bff",
  "/bff/",
  "/bff/demo/expire",
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "X"];
const HEADER_NAMES = [
  "Cookie",
  "Origin",
  "Host",
  "Content-Length",
  "Transfer-Encoding",
  "Content-Type",
  "Content-Encoding",
  "Sec-Fetch-Site",
  "Sec-Fetch-Mode",
  "Sec-Fetch-Dest",
  "Sec-Purpose",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Coatcheck",
  "X-Coatcheck-User",
  "X-Original-URL",
  "X-HTTP-Method-Override",
  "Authorization",
  "Accept",
  "Expect",
  "Upgrade",
  "Connection",
  "Range",
  "If-None-Match",
  "Referer",
  "traceparent",
];
const HEADER_VALUES = [
  "1",
  "0",
  "same-origin",
  "cross-site",
  "none",
  "navigate",
  "document",
  "chunked",
  "100-continue",
  "websocket",
  "Bearer x",
  "application/json",
  "null",
  "gzip",
  "a=b; =; ;",
  "bytes=0-",
];

const FROM_SOMEBODY = (random: Random): Headers[number] => [
  "X-Forwarded-For",
  `192.0.2.${random.integer(0, 255)}`,
];

function oddHeaders(random: Random): Headers {
  return Array.from({ length: random.integer(0, 5) }, () => {
    const value = random.pick(HEADER_VALUES);
    return [random.pick(HEADER_NAMES), random.chance(0.5) ? value : mutateText(value, random)] as const;
  });
}

function asBytes(stage: FuzzStage, request: RawRequest): Uint8Array {
  return requestBytes({ ...request, headers: [["Host", stage.host], ...request.headers] });
}

/** Bytes that began as a request and went wrong on the way; no session in them, so nobody may be contacted. */
function brokenBytes({ random, stage, name }: CaseContext): ClientCase {
  const whole = asBytes(stage, {
    method: random.pick(METHODS),
    target: `${random.pick(PATHS)}?case=${name}`,
    headers: [...OWN_FETCH, FROM_SOMEBODY(random), ...oddHeaders(random)],
    ...(random.chance(0.4) ? { body: '{"provider":true}' } : {}),
  });
  const text = mutateText(Buffer.from(whole).toString("latin1"), random);
  return { bytes: Buffer.from(text, "latin1"), mayReachApi: false };
}

/** Any route with any method and odd headers, a session shown, and our page's own headers left out or made wrong. */
function foreignRequest({ random, stage, visitor, name }: CaseContext): ClientCase {
  const guard = random.weighted<Headers>([
    [3, []],
    [2, [["X-Coatcheck", random.pick(["0", "true", "1, 1", ""])], ...OWN_FETCH.slice(1)]],
    [2, [["Sec-Fetch-Site", "same-origin"]]],
    [
      2,
      [OWN_FETCH[0] ?? ["", ""], ["Sec-Fetch-Site", random.pick(["cross-site", "same-site", "none", "x"])]],
    ],
    [1, [OWN_FETCH[0] ?? ["", ""], ["Origin", "https://evil.example"]]],
  ]);
  const reserved = new Set(["x-coatcheck", "sec-fetch-site", "origin"]);
  const others = oddHeaders(random).filter(([header]) => !reserved.has(header.toLowerCase()));
  const target = random.pick(PATHS);
  return {
    bytes: asBytes(stage, {
      method: random.pick(METHODS),
      target: `${random.chance(0.3) ? mutateText(target, random).replaceAll(/[\r\n ]/gu, "") : target}?case=${name}`,
      headers: [...guard, FROM_SOMEBODY(random), ["Cookie", cookieFieldOf(visitor.cookies)], ...others],
      ...(random.chance(0.3) ? { body: mutateText("{}", random) } : {}),
    }),
    mayReachApi: false,
  };
}

/** Our own page's request to an odd path or with an odd body: it may reach the API. */
function ownRequest({ random, stage, visitor, name }: CaseContext): ClientCase {
  const path = random.pick([
    "/api/notes/1",
    "/bff/validate",
    "/bff/activity",
    "/bff/session",
    "/bff/userinfo",
  ]);
  const target = random.chance(0.6) ? mutateText(path, random).replaceAll(/[\r\n ]/gu, "") : path;
  return {
    bytes: asBytes(stage, {
      method: random.pick(METHODS),
      target: `${target}?case=${name}&${mutateText("a=b", random).replaceAll(/[\r\n #]/gu, "")}`,
      headers: [...OWN_FETCH, FROM_SOMEBODY(random), ["Cookie", cookieFieldOf(visitor.cookies)]],
      ...(random.chance(0.4) ? { body: mutateText('{"resource":"x"}', random) } : {}),
    }),
    mayReachApi: true,
  };
}

/** Our own page's API call with cookies that were tampered with: whatever they hold, it isn't a session. */
function tamperedCookies({ random, stage, visitor, name }: CaseContext): ClientCase {
  const [[cookie, value] = ["", ""]] = visitor.cookies;
  const damaged = random.weighted<() => string>([
    [4, () => `${cookie}=${changed(value, random)}`],
    [2, () => `${changed(cookie, random)}=${value}`],
    [1, () => `${cookie}.1=${value}`],
    [1, () => `${cookie}=${value.slice(0, random.integer(0, value.length - 1))}`],
    [1, () => `${cookie}=${value.slice(9)}; ${cookie}.1=${value}`],
    [1, () => Array.from({ length: 60 }, (_, index) => `${cookie}.${index}=${index}`).join("; ")],
    [1, () => `${cookie.replace(/[\da-f]{8}$/u, "00000000")}=${value}`],
    [1, () => mutateText(`a=b; ${cookie}=x; __Host-coatcheck-tx-00000000=${value.slice(0, 40)}`, random)],
  ])();
  return {
    bytes: asBytes(stage, {
      method: "GET",
      target: `/api/notes/1?case=${name}`,
      headers: [...OWN_FETCH, FROM_SOMEBODY(random), ["Cookie", damaged.replaceAll(/[\r\n]/gu, "")]],
    }),
    mayReachApi: false,
    statuses: [400, 401, 431],
  };
}

/** Changes one character for sure: a mutation may leave a text as it was. */
function changed(text: string, random: Random): string {
  const at = random.integer(0, text.length - 1);
  const other = text[at] === "A" ? "B" : "A";
  return text.slice(0, at) + other + text.slice(at + 1);
}

/** A callback whose query or cookie isn't what the sign-in began with: its code goes nowhere. */
function forgedCallback(context: CaseContext, begun: Begun): ClientCase {
  const { random, stage } = context;
  const query = new URLSearchParams(begun.query);
  const state = query.get("state") ?? "";
  let cookie = begun.cookie;
  switch (random.integer(0, 6)) {
    case 0:
      query.set("state", changed(state, random));
      break;
    case 1:
      query.delete("state");
      break;
    case 2:
      query.append("state", state);
      break;
    case 3:
      query.append("code", "another");
      break;
    case 4:
      cookie = changed(cookie, random);
      break;
    case 5:
      query.set("iss", random.pick(["https://evil.example", "", `${query.get("iss") ?? ""}/`]));
      break;
    default:
      query.delete("code");
      query.set("error", mutateText("access_denied", random));
      query.set("error_description", mutateText("<b>no</b>", random));
  }
  const extra = random.chance(0.3) ? `&${mutateText("a=b", random).replaceAll(/[\r\n #&=]/gu, "")}` : "";
  return {
    bytes: asBytes(stage, {
      method: "GET",
      target: `${BFF_PATHS.callback}?${query.toString()}${extra}`,
      headers: [...NAVIGATION, FROM_SOMEBODY(random), ["Cookie", cookie.replaceAll(/[\r\n]/gu, "")]],
    }),
    mayReachApi: false,
    statuses: [302, 303, 400, 403, 414, 429],
  };
}

/** A logout token that nobody may be signed out by: claims, header, signature or the form around it are wrong. */
async function forgedLogoutToken({ random, stage, visitor, name }: CaseContext): Promise<ClientCase> {
  const now = Math.floor(Date.now() / 1_000);
  const claims: Record<string, unknown> = {
    iss: stage.provider.issuer,
    aud: "fuzz",
    sub: visitor.sub,
    iat: now,
    exp: now + 120,
    jti: name,
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
  };
  const header: Record<string, unknown> = { typ: "logout+jwt" };
  // The last word on each is wrong by the specification, whatever the mutations before it did.
  const spoil = random.pick<() => void>([
    () => void (claims["iss"] = "https://evil.example"),
    () => void (claims["aud"] = "another"),
    () => void (claims["events"] = {}),
    () => void (claims["nonce"] = "n"),
    () => void (claims["exp"] = now - 3_600),
    () => (delete claims["exp"], void (claims["iat"] = now - 3_600)),
    () => (delete claims["sub"], void delete claims["sid"]),
    () => void (header["typ"] = random.pick(["at+jwt", "dpop+jwt", 7])),
    () => void (header["kid"] = "unknown"),
  ]);
  if (random.chance(0.5)) mutateMembers(claims, random);
  spoil();
  const signed = await stage.provider.signJwt(header, claims);
  const token = random.chance(0.3) ? changed(signed, random) : signed;
  const form = `logout_token=${random.chance(0.1) ? mutateText(token, random) : token}`;
  return {
    bytes: asBytes(stage, {
      method: "POST",
      target: BFF_PATHS.backchannelLogout,
      headers: [
        FROM_SOMEBODY(random),
        ["Content-Type", random.chance(0.9) ? "application/x-www-form-urlencoded" : "text/plain"],
      ],
      body: random.chance(0.1) ? mutateText(form, random) : form,
    }),
    mayReachApi: false,
    statuses: [400, 413, 429],
  };
}

/** Makes a case of a kind. `begun` is a sign-in that no case may finish. */
export async function makeClientCase(context: CaseContext, begun: Begun): Promise<ClientCase> {
  const make = context.random.weighted<() => ClientCase | Promise<ClientCase>>([
    [25, () => brokenBytes(context)],
    [25, () => foreignRequest(context)],
    [15, () => ownRequest(context)],
    [15, () => tamperedCookies(context)],
    [10, () => forgedCallback(context, begun)],
    [10, () => forgedLogoutToken(context)],
  ]);
  return make();
}
