import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogLine } from "@coatcheck/bff/node";
import { createCertificateAuthority } from "@coatcheck/dev-idp";
import {
  findRedisServer,
  freePort,
  listenOnLoopback,
  startRedisCluster,
  startRedisSentinels,
  startRedisServer,
  type RedisCluster,
  type RedisServer,
} from "@coatcheck/testkit/node";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { examine } from "../doctor/examine.ts";
import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { settingsOf } from "../environment/good-environment.fixture.ts";
import { openLedger } from "./open-ledger.ts";

const file = await findRedisServer(process.env["PATH"]);
const RULE = { name: "test", burst: 4, perSecond: 0.01 };

/** What the doctor says of the ledger. */
async function found(environment: EnvironmentRecord): Promise<readonly string[]> {
  const findings = await examine(settingsOf(environment));
  return findings.flatMap(({ about, problem, fix }) => (about === "ledger" ? [`${problem} ${fix}`] : []));
}

function hostsOf(nodes: readonly { readonly port: number }[]): string {
  return nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
}

describe.skipIf(file === undefined)("a server with its ledger in Redis", () => {
  let redis: RedisServer;
  let cluster: RedisCluster;
  let folder: string;
  beforeAll(async () => {
    redis = await startRedisServer(file ?? "");
    await redis.cli("ACL", "SETUSER", "app", "on", ">right");
    cluster = await startRedisCluster(file ?? "");
    folder = await mkdtemp(join(tmpdir(), "coatcheck-redis-tls-"));
  }, 60_000);
  afterAll(async () => {
    await redis.stop();
    await cluster.stop();
    await rm(folder, { recursive: true });
  });

  it("keeps ledger and rate limits in a cluster, of which it is told two nodes", async () => {
    const url = `redis+cluster://${hostsOf(cluster.nodes.slice(1, 3))}`;
    expect(await found({ LEDGER_REDIS_URL: url })).toEqual([]);
    const settings = settingsOf({ LEDGER_REDIS_URL: url, LEDGER_REDIS_WAIT_REPLICAS: "1" });
    const [one, two] = [
      await openLedger(settings, () => undefined),
      await openLedger(settings, () => undefined),
    ];
    await one.ledger.probe();
    for (const client of ["a", "b", "c", "d"]) {
      const kinds: (string | undefined)[] = [];
      for (let count = 0; count < 3; count += 1)
        for (const { rateLimit } of [one, two]) kinds.push((await rateLimit?.take(RULE, client))?.kind);
      expect(kinds).toEqual(["allowed", "allowed", "allowed", "allowed", "refused", "refused"]);
    }
    for (const { ledger } of [one, two]) await ledger.close();
  });

  it("names what a Redis that is there again refuses: it forgot its users when it was restarted", async () => {
    await redis.cli("ACL", "SETUSER", "forgotten", "on", ">pass", "~*", "&*", "+@all");
    const lines: LogLine[] = [];
    const url = `redis://forgotten:pass@127.0.0.1:${redis.port}`;
    const { ledger } = await openLedger(settingsOf({ LEDGER_REDIS_URL: url }), (line) => lines.push(line));
    await redis.cli("ACL", "DELUSER", "forgotten");
    const lost = () => lines.filter(({ event }) => event === "ledger_connection_lost");
    await expect
      .poll(lost, { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ code: "WRONGPASS" }));
    expect(lost().filter(({ code }) => code === "WRONGPASS")).toHaveLength(1);
    await ledger.close();
  });

  it("follows the Sentinels to another master", { timeout: 60_000 }, async () => {
    const sentinels = await startRedisSentinels(file ?? "");
    onTestFinished(() => sentinels.stop());
    const addresses = sentinels.ports.map((port) => ({ port }));
    const url = `redis+sentinel://${hostsOf(addresses)}/${sentinels.name}`;
    expect(await found({ LEDGER_REDIS_URL: url })).toEqual([]);
    const settings = settingsOf({ LEDGER_REDIS_URL: url, LEDGER_REDIS_WAIT_REPLICAS: "2" });
    const events: string[] = [];
    const { ledger } = await openLedger(settings, ({ event }) => void events.push(event));
    const place = { key: "one", tombstones: [], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
    const published = { generation: 0, fence: "a", sealed: "s" };
    expect(await ledger.publish(place, published)).toEqual({ kind: "published" });
    const master = await sentinels.masterPort();
    await sentinels.nodes.find(({ port }) => port === master)?.kill();
    await sentinels.untilFailedOver(master);
    await expect
      .poll(async () => ledger.read(place, 0).catch(() => undefined), { timeout: 15_000 })
      .toEqual({ highestSpent: 0, successors: { 0: "s" } });
    // One replica is left of the two that have to have it.
    await expect(ledger.probe()).rejects.toMatchObject({ code: "ledger_unreachable" });
    const lenient = await openLedger({ ...settings, ledgerRedisWaitReplicas: 1 }, () => undefined);
    // That one follows the new master when the Sentinels have told it to.
    await expect
      .poll(
        () =>
          lenient.ledger.probe().then(
            () => "up",
            () => "down",
          ),
        { timeout: 15_000 },
      )
      .toBe("up");
    expect(events.slice(0, 3)).toEqual(["ledger_opened", "ledger_connection_lost", "ledger_connection_back"]);
    for (const each of [ledger, lenient.ledger]) await each.close();
  });

  it("connects anew where the master behind a name has become a replica", { timeout: 60_000 }, async () => {
    const next = await startRedisServer(file ?? "");
    onTestFinished(() => next.stop());
    let target = redis.port;
    const name = createServer((socket) => {
      const upstream = connect(target, "127.0.0.1");
      for (const [from, to] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        from.on("error", () => undefined).on("close", () => to.destroy());
        from.pipe(to);
      }
    });
    const { port, close } = await listenOnLoopback(name);
    const settings = settingsOf({ LEDGER_REDIS_URL: `redis://127.0.0.1:${port}` });
    const { ledger } = await openLedger(settings, () => undefined);
    await ledger.probe();
    await redis.cli("REPLICAOF", "127.0.0.1", String(next.port));
    target = next.port;
    await expect(ledger.probe()).rejects.toMatchObject({ code: "ledger_unreachable" });
    await expect
      .poll(
        async () =>
          ledger.probe().then(
            () => "up",
            () => "down",
          ),
        { timeout: 15_000 },
      )
      .toBe("up");
    await ledger.close();
    await redis.cli("REPLICAOF", "NO", "ONE");
    await close();
  });

  it(
    "speaks TLS, shows its certificate, and says what is wrong with either",
    { timeout: 60_000 },
    async () => {
      const authority = await createCertificateAuthority();
      const own = await authority.issue({ commonName: "redis", dnsNames: ["localhost"] });
      const client = await authority.issue({ commonName: "coatcheck" });
      const paths = { ca: join(folder, "ca"), cert: join(folder, "cert"), key: join(folder, "key") };
      await writeFile(paths.ca, authority.cert);
      await writeFile(paths.cert, own.cert);
      await writeFile(paths.key, own.key);
      const port = await freePort();
      const secure = await startRedisServer(file ?? "", [
        "--tls-port",
        String(port),
        "--tls-ca-cert-file",
        paths.ca,
        "--tls-cert-file",
        paths.cert,
        "--tls-key-file",
        paths.key,
      ]);
      const given = {
        LEDGER_REDIS_URL: `rediss://localhost:${port}`,
        LEDGER_REDIS_CA: authority.cert,
        LEDGER_REDIS_CERTIFICATE: client.cert,
        LEDGER_REDIS_CERTIFICATE_KEY: client.key,
      };
      expect(await found(given)).toEqual([]);
      const { LEDGER_REDIS_CA: _ca, ...unknown } = given;
      const { LEDGER_REDIS_CERTIFICATE: _cert, LEDGER_REDIS_CERTIFICATE_KEY: _key, ...nameless } = given;
      const findings = await Promise.all([
        found(unknown),
        found(nameless),
        found({ ...given, LEDGER_REDIS_URL: `rediss://127.0.0.1:${port}` }),
        found({ LEDGER_REDIS_URL: `redis://localhost:${port}` }),
        found({ LEDGER_REDIS_URL: `rediss://localhost:${redis.port}` }),
      ]);
      expect(findings).toEqual([
        [expect.stringContaining("LEDGER_REDIS_CA")],
        [expect.stringContaining("LEDGER_REDIS_CERTIFICATE")],
        [expect.stringContaining("as its certificate does")],
        [expect.stringContaining("rediss:")],
        [expect.stringContaining("rediss:")],
      ]);
      await secure.stop();
    },
  );

  it("works as the user that the guide makes, who may do nothing else", { timeout: 60_000 }, async () => {
    const guide = await readFile(new URL("../../../../docs/guides/redis.md", import.meta.url), "utf8");
    const [own = [], ofCluster = []] = [
      ...guide.matchAll(/redis-cli (ACL SETUSER (?:[^\n]|(?<=\\)\n)*)/gu),
    ].map(([, command = ""]) => command.replaceAll(/\\\n|'|\\(?=\|)/gu, "").split(/\s+/u));
    await redis.cli(...own);
    for (const node of cluster.nodes) {
      await node.cli(...own);
      await node.cli(...own.slice(0, 3), ...ofCluster.slice(3));
    }
    const login = "coatcheck:a-password@";
    const urls = [
      `redis://${login}127.0.0.1:${redis.port}`,
      `redis+cluster://${login}${hostsOf(cluster.nodes)}`,
    ];
    for (const url of urls) {
      const settings = settingsOf({ LEDGER_REDIS_URL: url, LEDGER_REDIS_WAIT_MS: "100" });
      expect(await found({ LEDGER_REDIS_URL: url })).toEqual([]);
      const { ledger, rateLimit } = await openLedger(settings, () => undefined);
      const place = { key: "one", tombstones: ["two"], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
      const fenced = { generation: 0, fence: "a" };
      const claim = { ...fenced, leaseMs: 1_000, mayRepeatAmbiguous: false };
      expect(await ledger.claim(place, claim)).toMatchObject({ kind: "led" });
      expect(await ledger.publish(place, { ...fenced, sealed: "s" })).toEqual({ kind: "published" });
      await ledger.wait(place, { ...fenced, timeoutMs: 1_000 });
      await ledger.entomb({ key: "three", iat: 1, keepMs: 60_000 });
      await ledger.end(place, { generation: 0, reason: "signed_out" });
      const ended: string[] = [];
      const watch = ledger.watchEndings(({ key }) => ended.push(key));
      await watch.ready;
      expect(ended).toEqual(["three", "one"]);
      const kinds: (string | undefined)[] = [];
      for (let count = 0; count < 5; count += 1) kinds.push((await rateLimit?.take(RULE, "acl"))?.kind);
      expect(kinds.at(-1)).toBe("refused");
      watch.stop();
      await ledger.close();
    }
    for (const forbidden of [
      ["KEYS", "*"],
      ["CONFIG", "GET", "*"],
      ["FLUSHALL"],
      ["GET", "other"],
      ["SCAN", "0"],
    ]) {
      const reply = await redis.cli("--user", "coatcheck", "--pass", "a-password", ...forbidden);
      expect(reply).toContain("NOPERM");
    }
  });

  it.each<readonly [string, () => string, RegExp]>([
    [
      "a wrong password",
      () => `redis://app:hidden-word@127.0.0.1:${redis.port}`,
      /refuses the user or the password/u,
    ],
    [
      "a user that isn't known",
      () => `redis://coat:hidden-word@127.0.0.1:${redis.port}`,
      /refuses the user or the password/u,
    ],
    ["one node of a cluster", () => cluster.nodes[0]?.url ?? "", /redis\+cluster:/u],
    ["a cluster that is none", () => `redis+cluster://127.0.0.1:${redis.port}`, /is no cluster/u],
    ["a Sentinel that is none", () => `redis+sentinel://127.0.0.1:${redis.port}/coats`, /is no Sentinel/u],
    ["nothing there", () => "redis+cluster://127.0.0.1:9,127.0.0.1:10", /can't be reached/u],
  ])("doctor says what is wrong with %s, and no secret", { timeout: 30_000 }, async (_what, url, words) => {
    const findings = await found({ LEDGER_REDIS_URL: url() });
    expect(findings).toEqual([expect.stringMatching(words)]);
    expect(findings.join("")).not.toContain("hidden-word");
  });
});
