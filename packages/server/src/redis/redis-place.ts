export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

/** Where Redis is, as `LEDGER_REDIS_URL` says it. */
export interface RedisPlace extends RedisLogin {
  readonly kind: "one" | "cluster" | "sentinel";
  readonly isTls: boolean;
  /** The one; some of the cluster, which say where the others are; the Sentinels. */
  readonly nodes: readonly RedisAddress[];
  readonly database: number;
  /** What the Sentinels call their master. */
  readonly masterName: string;
  /** For the Sentinels themselves, where they want one. */
  readonly sentinelLogin: RedisLogin;
}

const FORM =
  /^(?<scheme>rediss?)(?:\+(?<kind>cluster|sentinel))?:\/\/(?:(?<login>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/u;
const DATABASE = /^\d{1,4}$/u;
const DEFAULT_PORT = 6_379;
const DEFAULT_SENTINEL_PORT = 26_379;

/** @returns `undefined` for what is none of the forms */
export function parseRedisPlace(text: string): RedisPlace | undefined {
  const groups = FORM.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const kind = (groups["kind"] ?? "one") as RedisPlace["kind"];
  const defaultPort = kind === "sentinel" ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT;
  const nodes = (groups["hosts"] ?? "").split(",").flatMap((host) => parseAddress(host, defaultPort) ?? []);
  const segments = (groups["path"] ?? "").split("/").filter((segment) => segment !== "");
  const masterName = kind === "sentinel" ? segments.shift() : "";
  const database = kind === "cluster" ? "0" : (segments.shift() ?? "0");
  const login = decoded(splitOnce(groups["login"] ?? ""));
  const query = new URLSearchParams(groups["query"]);
  const sentinelLogin = toLogin(query.get("sentinelUser") ?? "", query.get("sentinelPassword") ?? "");
  const known = kind === "sentinel" ? ["sentinelUser", "sentinelPassword"] : [];
  const isWhole =
    nodes.length === (groups["hosts"] ?? "").split(",").length &&
    (kind !== "one" || nodes.length === 1) &&
    masterName !== undefined &&
    DATABASE.test(database) &&
    segments.length === 0 &&
    [...query.keys()].every((name) => known.includes(name));
  if (!isWhole || login === undefined) return undefined;
  const isTls = groups["scheme"] === "rediss";
  return { kind, isTls, nodes, database: Number(database), masterName, ...login, sentinelLogin };
}

function parseAddress(text: string, defaultPort: number): RedisAddress | undefined {
  const parsed = URL.parse(`redis://${text}`);
  if (parsed === null || parsed.hostname === "") return undefined;
  const port = parsed.port === "" ? defaultPort : Number(parsed.port);
  return { host: parsed.hostname.replace(/^\[(.*)\]$/u, "$1"), port };
}

function splitOnce(login: string): readonly [username: string, password: string] {
  const at = login.indexOf(":");
  return at < 0 ? [login, ""] : [login.slice(0, at), login.slice(at + 1)];
}

/** What stands in a URL with a percent sign is meant so. */
function decoded([username, password]: readonly [string, string]): RedisLogin | undefined {
  try {
    return toLogin(decodeURIComponent(username), decodeURIComponent(password));
  } catch {
    // A percent sign alone: whoever asked says what to write.
    return undefined;
  }
}

function toLogin(username: string, password: string): RedisLogin {
  return { ...(username === "" ? {} : { username }), ...(password === "" ? {} : { password }) };
}
