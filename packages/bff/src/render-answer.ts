import type { HeaderList, PlainResponse } from "@coatcheck/proxy";
import { renderHumanPage } from "./human-page.ts";
import { renderProblem } from "./problem/render-problem.ts";
import type { Answer } from "./request/answer.ts";
import { textBody } from "./request/text-body.ts";
import { securityHeaders } from "./security-headers.ts";

interface RenderFacts {
  readonly requestId: string;
  /** What closing the session says about cookies. */
  readonly setCookie: readonly string[];
}

const NO_STORE: readonly [string, string] = ["cache-control", "no-store"];

/** Turns an answer into bytes. */
export type RenderAnswer = (answer: Answer, facts: RenderFacts) => Promise<PlainResponse>;

/** Makes the one place where responses of the BFF are made. */
export function createRenderAnswer(publicOrigin: string): RenderAnswer {
  const [auth, data, api] = (["auth", "data", "api"] as const).map((kind) =>
    securityHeaders(kind, { publicOrigin }),
  );

  function protection(answer: Answer): HeaderList {
    const headers =
      answer.kind === "plain" ? api : answer.kind === "redirect" || answer.kind === "page" ? auth : data;
    return headers ?? [];
  }

  return async (answer, facts) => {
    const rendered = await render(answer, facts.requestId, publicOrigin);
    const setCookie = [...facts.setCookie, ...("setCookie" in answer ? (answer.setCookie ?? []) : [])];
    // Without this, a cache that an API allows to keep its answer would hand out one person's cookie to the next (S-120).
    const headers =
      setCookie.length === 0
        ? rendered.headers
        : rendered.headers.filter(([name]) => name !== "cache-control");
    return {
      status: rendered.status,
      headers: [
        ...headers,
        ...(setCookie.length === 0 ? [] : [NO_STORE]),
        ...missing(headers, protection(answer)),
        ["x-request-id", facts.requestId],
        ...lastOfEach(setCookie).map((value) => ["set-cookie", value] as const),
      ],
      body: rendered.body,
    };
  };
}

async function render(answer: Answer, requestId: string, publicOrigin: string): Promise<PlainResponse> {
  if (answer.kind === "plain") return answer.response;
  if (answer.kind === "problem") return renderProblem(answer.problem, requestId);
  if (answer.kind === "page") return renderHumanPage(answer, publicOrigin);
  if (answer.kind === "empty") return { status: answer.status, headers: [NO_STORE], body: null };
  if (answer.kind === "redirect") {
    return { status: answer.status, headers: [["location", answer.location], NO_STORE], body: null };
  }
  const own = answer.headers ?? [];
  return {
    status: answer.status ?? 200,
    headers: [["content-type", "application/json"], ...missing(own, [NO_STORE]), ...own],
    body: textBody(JSON.stringify(answer.value)),
  };
}

function missing(present: HeaderList, wanted: HeaderList): HeaderList {
  const names = new Set(present.map(([name]) => name.toLowerCase()));
  return wanted.filter(([name]) => !names.has(name));
}

/** One Set-Cookie a name, the last one: what a route says comes after what closing the session says. */
function lastOfEach(setCookie: readonly string[]): readonly string[] {
  const byName = new Map<string, string>();
  for (const value of setCookie) {
    const name = value.slice(0, value.indexOf("="));
    byName.delete(name);
    byName.set(name, value);
  }
  return [...byName.values()];
}
