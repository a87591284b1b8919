import * as z from "zod";
import { checkUrl } from "./checked-url.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;
const headerName = z.string().regex(/^[a-z0-9-]+$/, "must be a header name in lower case");

const timeoutMs = z.int().min(1).max(3_600_000);

/** One entry of the file that `API_ROUTES_FILE` names. Unknown keys are refused. */
const apiRouteSchema = z.strictObject({
  /** Prefix on our origin: `/api/notes`. */
  prefix: z.string(),
  /** What replaces the prefix: `https://notes.internal/v1`. */
  upstream: z.string(),
  /** Default: all six. */
  methods: z.array(z.enum(METHODS)).min(1).exactOptional(),
  /** Resource indicator (RFC 8707) that the token is for; default `""`: the provider's own token. */
  resource: z.string().exactOptional(),
  /** `user` (default): a session is needed; `optional`: with the token where there is a session; `none`: never a token. */
  tokenKind: z.enum(["user", "optional", "none"]).exactOptional(),
  /** `downloads`: plain links, downloads and EventSource of our own page may GET it without our header. */
  exemptions: z.strictObject({ downloads: z.boolean().exactOptional() }).exactOptional(),
  maxBodyBytes: z.int().min(0).max(1_099_511_627_776).exactOptional(),
  connectTimeoutMs: timeoutMs.exactOptional(),
  headersTimeoutMs: timeoutMs.exactOptional(),
  idleTimeoutMs: timeoutMs.exactOptional(),
  extraRequestHeaders: z.array(headerName).exactOptional(),
  extraResponseHeaders: z.array(headerName).exactOptional(),
});

/** One API route as configured, checked. */
export type ApiRouteSetting = z.infer<typeof apiRouteSchema>;

interface ApiRouteFlaw {
  readonly problem: string;
  readonly fix: string;
}

export interface ParsedApiRoutes {
  readonly routes: readonly ApiRouteSetting[];
  readonly flaws: readonly ApiRouteFlaw[];
}

/** Parses `/api/notes=https://notes.internal/v1,/api/files=https://...`. */
export function parseApiRouteList(
  raw: string,
  options: { readonly allowHttpLoopback: boolean },
): ParsedApiRoutes {
  const flaws: ApiRouteFlaw[] = [];
  const routes: ApiRouteSetting[] = [];
  for (const entry of raw.split(",").map((part) => part.trim())) {
    const separator = entry.indexOf("=");
    if (separator < 1) {
      flaws.push({
        problem: `has an entry without "="`,
        fix: "Write /api/name=https://host/path, comma separated.",
      });
      continue;
    }
    routes.push({ prefix: entry.slice(0, separator).trim(), upstream: entry.slice(separator + 1).trim() });
  }
  return check(routes, flaws, options);
}

/** Parses the JSON of `API_ROUTES_FILE`: a list of routes. */
export function parseApiRouteFile(
  text: string,
  options: { readonly allowHttpLoopback: boolean },
): ParsedApiRoutes {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return {
      routes: [],
      flaws: [{ problem: "names a file that isn't JSON", fix: "Write a JSON list of routes." }],
    };
  }
  const parsed = z.array(apiRouteSchema).min(1).safeParse(json);
  if (parsed.success) return check(parsed.data, [], options);
  const flaws = parsed.error.issues.map((issue) => ({
    problem: `at ${issue.path.join(".") || "the top"}: ${issue.message}`,
    fix: "See the table of API routes in the README.",
  }));
  return { routes: [], flaws };
}

function check(
  routes: readonly ApiRouteSetting[],
  found: readonly ApiRouteFlaw[],
  options: { readonly allowHttpLoopback: boolean },
): ParsedApiRoutes {
  const flaws = [...found];
  const seen = new Set<string>();
  for (const { prefix, upstream } of routes) {
    if (!/^\/api(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/.test(prefix)) {
      flaws.push({
        problem: `has the prefix "${prefix}"`,
        fix: "Write /api/<name>, without a slash at the end.",
      });
    }
    if (seen.has(prefix))
      flaws.push({ problem: `has the prefix "${prefix}" twice`, fix: "Keep one of them." });
    seen.add(prefix);
    const checked = checkUrl(upstream, options);
    if (checked.kind === "flawed") {
      flaws.push({ problem: `has an upstream for "${prefix}" that ${checked.problem}`, fix: checked.fix });
    } else if (upstream.endsWith("/") && checked.url.pathname !== "/") {
      flaws.push({ problem: `has an upstream for "${prefix}" with a slash at the end`, fix: "Remove it." });
    }
  }
  return { routes, flaws };
}
