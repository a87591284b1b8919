import { randomBytes } from "node:crypto";
import { revealSecret } from "@coatcheck/bff/config";
import { createCertificateAuthority } from "@coatcheck/dev-idp";
import { generateClientKeys } from "@coatcheck/oauth/node";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GOOD, KEY, OTHER_KEY, SECRET } from "../environment/good-environment.fixture.ts";
import type { Settings } from "../environment/parse-environment.ts";
import { createSecretRereading, type Rereading, type SecretRereading } from "./reread-secrets.ts";
import { createSettingsSource } from "./settings-source.ts";

const authority = await createCertificateAuthority();
const [pair, otherPair] = await Promise.all([
  authority.issue({ commonName: "first" }),
  authority.issue({ commonName: "second" }),
]);

interface Case {
  /** Variables whose secrets come from files, and what stands there first. */
  readonly first: Readonly<Record<string, string>>;
  readonly next: Readonly<Record<string, string | undefined>>;
}

const NEW_SECRET = "x8fA2-new_client";
function certificate({ cert, key }: typeof pair) {
  return { OAUTH_CLIENT_CERTIFICATE: cert, OAUTH_CLIENT_CERTIFICATE_KEY: key };
}
const redis = (rest: string) => ({ LEDGER_REDIS_URL: `redis://${rest}` });
const postgres = (rest: string) => ({ LEDGER_POSTGRES_URL: `postgres://${rest}` });

const TAKEN: Readonly<Record<string, Case>> = {
  "a client secret": { first: { OAUTH_CLIENT_SECRET: SECRET }, next: { OAUTH_CLIENT_SECRET: NEW_SECRET } },
  "client keys": {
    first: { OAUTH_CLIENT_KEYS: generateClientKeys() },
    next: { OAUTH_CLIENT_KEYS: generateClientKeys() },
  },
  "a certificate and its key": { first: certificate(pair), next: certificate(otherPair) },
  "cookie keys": { first: { COOKIE_KEYS: KEY }, next: { COOKIE_KEYS: `${OTHER_KEY},${KEY}` } },
  "the password of Redis": { first: redis("app:one@redis.internal"), next: redis("app:two@redis.internal") },
  "the password of a cluster": {
    first: { LEDGER_REDIS_URL: "redis+cluster://a:one@redis-1.internal,redis-2.internal" },
    next: { LEDGER_REDIS_URL: "redis+cluster://a:two@redis-1.internal,redis-2.internal" },
  },
  "the password of Sentinels": {
    first: { LEDGER_REDIS_URL: "redis+sentinel://a:one@s-1.internal/main?sentinelPassword=x" },
    next: { LEDGER_REDIS_URL: "redis+sentinel://a:one@s-1.internal/main?sentinelPassword=yyyy" },
  },
  "user and password of PostgreSQL": {
    first: postgres("a:one@db.internal/x"),
    next: postgres("b:two@db.internal/x"),
  },
};

const REFUSED: Readonly<Record<string, Case>> = {
  "a file that is gone": { first: { OAUTH_CLIENT_SECRET: SECRET }, next: { OAUTH_CLIENT_SECRET: undefined } },
  "an empty file": { first: { OAUTH_CLIENT_SECRET: SECRET }, next: { OAUTH_CLIENT_SECRET: "\n" } },
  "a weak cookie key": { first: { COOKIE_KEYS: KEY }, next: { COOKIE_KEYS: "hunter2-hunter2" } },
  "client keys that are none": {
    first: { OAUTH_CLIENT_KEYS: generateClientKeys() },
    next: { OAUTH_CLIENT_KEYS: "{}" },
  },
  "a key that isn't the certificate's": {
    first: certificate(pair),
    next: { OAUTH_CLIENT_CERTIFICATE_KEY: otherPair.key },
  },
  "another Redis": { first: redis("a:one@redis.internal"), next: redis("a:one@redis-2.internal") },
  "another node of a cluster": {
    first: { LEDGER_REDIS_URL: "redis+cluster://a:one@redis-1.internal,redis-2.internal" },
    next: { LEDGER_REDIS_URL: "redis+cluster://a:one@redis-1.internal,redis-3.internal" },
  },
  "another database": { first: postgres("a:one@db.internal/x"), next: postgres("a:one@db.internal/y") },
};

let files: Map<string, string>;
let log: Record<string, unknown>[];
let outcomes: Rereading[];
let applied: Settings[];
let rereading: SecretRereading;

function start(
  { first }: Pick<Case, "first">,
  apply?: (settings: Settings) => Promise<void>,
): SecretRereading {
  for (const [name, text] of Object.entries(first)) files.set(`/secrets/${name}`, text);
  const named = Object.keys(first).map((name) => [`${name}_FILE`, `/secrets/${name}`]);
  const others = Object.entries(GOOD).filter(([name]) => first[name] === undefined);
  const isByKey = Object.keys(first).some(
    (name) => /KEYS$|CERTIFICATE$/u.test(name) && name !== "COOKIE_KEYS",
  );
  const source = createSettingsSource({
    environment: {
      ...Object.fromEntries([...others, ...named]),
      ...(isByKey ? { OAUTH_CLIENT_SECRET: undefined } : {}),
      ...(first["OAUTH_CLIENT_CERTIFICATE"] === undefined ? {} : { OAUTH_CLIENT_AUTH: "tls_client_auth" }),
    },
    readTextFile(path) {
      const text = files.get(path);
      if (text === undefined) throw new Error("no such file");
      return text;
    },
  });
  const started = source.read();
  if (started.parsed.kind === "invalid") throw new Error(JSON.stringify(started.parsed.problems));
  rereading = createSecretRereading({
    source,
    started,
    apply: apply ?? (async (settings) => void applied.push(settings)),
    log: (line) => void log.push(line),
    onReread: (outcome) => void outcomes.push(outcome),
  });
  return rereading;
}

function write(next: Case["next"]): void {
  for (const [name, text] of Object.entries(next)) {
    if (text === undefined) files.delete(`/secrets/${name}`);
    else files.set(`/secrets/${name}`, text);
  }
}

beforeEach(() => {
  files = new Map();
  log = [];
  outcomes = [];
  applied = [];
});
afterEach(() => {
  vi.useRealTimers();
  rereading.stop();
});

describe("secrets that are read again", () => {
  it.each(Object.entries(TAKEN))(
    "%s: are in force, and named by fingerprints alone (S-135)",
    async (_name, one) => {
      const { now } = start(one);
      write(one.next);
      expect(await now()).toBe("applied");
      const { changed } = log[0] ?? {};
      for (const name of Object.keys(one.next))
        expect(changed).toMatch(new RegExp(`\\b${name}_FILE [0-9a-f]{8}->[0-9a-f]{8}`, "u"));
      for (const secret of [...Object.values(one.first), ...Object.values(one.next)])
        expect(JSON.stringify(log)).not.toContain(secret);
      expect([applied.length, outcomes]).toEqual([1, ["applied"]]);
      expect(await now()).toBe("unchanged");
      expect(applied).toHaveLength(1);
    },
  );

  it.each(Object.entries(REFUSED))(
    "%s: are refused, with what to change, until they are mended",
    async (_name, one) => {
      const { now } = start(one);
      write(one.next);
      expect(await now()).toBe("refused");
      const [name = ""] = Object.keys(one.next);
      expect(log).toEqual([
        { level: "error", event: "secrets_refused", problems: expect.stringContaining(name) },
      ]);
      const texts = Object.values(one.next).filter((text = "") => text.trim() !== "");
      expect(texts.filter((secret = "") => JSON.stringify(log).includes(secret))).toEqual([]);
      expect(applied).toEqual([]);
      write(one.first);
      expect(await now()).toBe("unchanged");
      expect(outcomes).toEqual(["refused", "unchanged"]);
    },
  );

  it("are named apart where a start alone puts them in force", async () => {
    const { now } = start({
      first: { LEDGER_REDIS_URL: "rediss://a:one@redis.internal", LEDGER_REDIS_CA: authority.cert },
    });
    write({
      LEDGER_REDIS_URL: "rediss://a:two@redis.internal",
      LEDGER_REDIS_CA: (await createCertificateAuthority()).cert,
    });
    expect(await now()).toBe("applied");
    expect(log[0]).toMatchObject({
      changed: expect.stringMatching(/^LEDGER_REDIS_URL_FILE \S+$/u),
      atNextStart: expect.stringMatching(/^LEDGER_REDIS_CA_FILE \S+$/u),
    });
  });

  it("stay as they were where the new ones can't be put in force, and are tried again", async () => {
    let isBroken = true;
    const { now } = start({ first: { OAUTH_CLIENT_SECRET: SECRET } }, async () => {
      if (isBroken) throw new RangeError(NEW_SECRET);
    });
    write({ OAUTH_CLIENT_SECRET: NEW_SECRET });
    expect(await now()).toBe("refused");
    expect(JSON.stringify(log)).toContain("RangeError");
    expect(JSON.stringify(log)).not.toContain(NEW_SECRET);
    isBroken = false;
    expect(await now()).toBe("applied");
  });

  it("S-061: are not put back by an earlier change whose key was to seal meanwhile", async () => {
    const slow = Promise.withResolvers<void>();
    const { now } = start({ first: { COOKIE_KEYS: KEY } }, async (settings) => {
      applied.push(settings);
      if (applied.length === 2) await slow.promise;
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    write({ COOKIE_KEYS: `${OTHER_KEY},${KEY}` });
    await now();
    write({ COOKIE_KEYS: OTHER_KEY });
    const second = now();
    await vi.waitFor(() => expect(applied).toHaveLength(2));
    vi.advanceTimersByTime(120_000);
    slow.resolve();
    await second;
    await now();
    expect(applied.map(({ bff }) => bff.cookieKeys.map(revealSecret))).toEqual([
      [KEY, OTHER_KEY],
      [OTHER_KEY],
    ]);
  });

  it("seal by a new key later where they couldn't at first", async () => {
    const { now } = start({ first: { COOKIE_KEYS: KEY } }, async (settings) => {
      applied.push(settings);
      if (applied.length === 2) throw new RangeError(KEY);
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    write({ COOKIE_KEYS: `${OTHER_KEY},${KEY}` });
    await now();
    for (const tries of [2, 3]) {
      vi.advanceTimersByTime(120_000);
      await vi.waitFor(() => expect(applied).toHaveLength(tries));
    }
    await vi.waitFor(() => expect(log.at(-1)?.["event"]).toBe("cookie_key_seals"));
    expect(log.map(({ event }) => event)).toContain("secrets_refused");
    expect(JSON.stringify(log)).not.toContain(KEY);
    expect(applied.at(-1)?.bff.cookieKeys.map(revealSecret)).toEqual([OTHER_KEY, KEY]);
  });

  it("have the same fingerprints on all instances, and others under other cookie keys", async () => {
    const changes: unknown[] = [];
    for (const COOKIE_KEYS of [KEY, KEY, randomBytes(32).toString("base64url")]) {
      start({ first: { COOKIE_KEYS, OAUTH_CLIENT_SECRET: SECRET } });
      write({ OAUTH_CLIENT_SECRET: NEW_SECRET });
      await rereading.now();
      changes.push(log.at(-1)?.["changed"]);
      rereading.stop();
    }
    expect(changes[1]).toBe(changes[0]);
    expect(changes[2]).not.toBe(changes[0]);
  });
});
