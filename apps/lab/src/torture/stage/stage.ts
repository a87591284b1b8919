import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNotesApi } from "@coatcheck/api";
import {
  createDevIdpControl,
  createDevIdp,
  type DevIdp,
  type DevIdpControl,
  type DevIdpOptions,
  type DevIdpUser,
} from "@coatcheck/dev-idp";
import { findFreePort } from "@coatcheck/demo";
import { bindTokens, type BindingKind } from "./binding.ts";
import { makeCertificate, type Certificate } from "./certificate.ts";
import { startPostgresProcess, type PostgresProcess } from "./postgres-process.ts";
import {
  startClusterProcesses,
  startRedisProcess,
  startSentinelProcesses,
  type RedisFleet,
  type RedisProcess,
} from "./redis-process.ts";
import { createRoundRobin, type RoundRobin } from "./round-robin.ts";
import { startStoreRelay, type StoreRelay } from "./store-relay.ts";
import type { SecretFiles, TargetInstance, TortureTarget, TargetSetting } from "./target.ts";

/** Where the instances of a run can have their ledger. */
export const STAGE_LEDGERS = ["sqlite", "redis", "redis-cluster", "redis-sentinel", "postgres"] as const;
export type StageLedger = (typeof STAGE_LEDGERS)[number];

const FLEETS: Partial<Record<StageLedger, () => Promise<RedisFleet>>> = {
  "redis-cluster": () => startClusterProcesses(),
  "redis-sentinel": startSentinelProcesses,
};

export interface StageOptions {
  readonly target: TortureTarget;
  readonly tokenSeconds: number;
  /** How many people can be signed in at once. */
  readonly people: number;
  /** Default 1. */
  readonly instances?: number;
  /** Default 1. */
  readonly workers?: number;
  /** Default `sqlite`. */
  readonly ledger?: StageLedger;
  /** How many of {@link API_PREFIXES}, each with a resource of its own. Default 1. */
  readonly apis?: number;
  /** API routes of our own server besides. */
  readonly routes?: readonly object[];
  /** Origin of an API that targets which proxy offer at `/api/bench`. */
  readonly upstream?: string;
  /** Of the provider; default `true` each. */
  readonly rotateRefreshToken?: boolean;
  readonly refreshTokenInRefreshes?: boolean;
  /** Default 0. */
  readonly refreshTokenGraceSeconds?: number;
  /** Default `none`. Our own server only. */
  readonly binding?: BindingKind;
  /** Variables of our own server. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Our own server reads its secrets from files. Default `false`. */
  readonly secretsInFiles?: boolean;
  /** Each instance of our own server reaches the store over a network of its own. Default `false`. */
  readonly isRelayed?: boolean;
  /** By instance of our own server: how wrong its clock is. Default 0. */
  readonly clockOffsetsMs?: readonly number[];
}

/** Everything that a run needs, as real processes: provider, API, and the instances of one target. */
export interface Stage {
  readonly target: TortureTarget;
  readonly origin: string;
  readonly tokenSeconds: number;
  readonly idp: DevIdp;
  readonly control: DevIdpControl;
  readonly clientId: string;
  /** Where the secrets are, if they are in files. */
  readonly secretFiles: SecretFiles | undefined;
  readonly roundRobin: RoundRobin;
  /** Who isn't signed in anywhere just now; each has their own counters at the provider, so that rounds can overlap. */
  readonly people: DevIdpUser[];
  /** Token calls for the first tokens of sessions that just began. */
  readonly setUp: { tokenCalls: number };
  /** Present with a ledger in Redis. */
  readonly redis: RedisProcess | undefined;
  /** Present with a ledger in a Redis Cluster or behind Sentinels. */
  readonly fleet: RedisFleet | undefined;
  /** Present with a ledger in PostgreSQL. */
  readonly postgres: PostgresProcess | undefined;
  /** By instance, where they are asked for. */
  readonly relays: readonly StoreRelay[];
  /** Where the instances listen, on 127.0.0.1. */
  readonly ports: readonly number[];
  instance(index: number): TargetInstance;
  /** Starts an instance that has ended, on its old port. */
  startInstance(index: number): Promise<void>;
}

/** Where the BFF offers the APIs; most runs use the first one alone. */
export const API_PREFIXES = ["/api/notes", "/api/archive"] as const;
const API_SCOPES = ["notes:read", "notes:write"];
const CLIENT_ID = "torture";

/** Starts it on free ports and stops it when the play is over, or when a part can't start. */
export async function onStage<T>(options: StageOptions, play: (stage: Stage) => Promise<T>): Promise<T> {
  const closers: (() => Promise<unknown> | void)[] = [];
  try {
    return await play(await setStage(options, closers));
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

async function setStage(options: StageOptions, closers: (() => Promise<unknown> | void)[]): Promise<Stage> {
  const { target, tokenSeconds, instances: instanceCount = 1 } = options;
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-torture-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const origin = `http://localhost:${await findFreePort(0)}`;
  const clientSecret = randomBytes(32).toString("base64url");
  const apis = API_PREFIXES.slice(0, options.apis ?? 1).map((prefix) => ({
    prefix,
    resource: `https://torture.coatcheck.example${prefix}`,
  }));
  const people = inventPeople(options.people);
  const { certificate, ...address } = await chooseAddress(target, folder);
  const { tokenEndpointAuthMethod = "client_secret_basic" } = target;
  const { client, ...bound } = bindTokens(options.binding ?? "none", CLIENT_ID);
  const idp = await createDevIdp({
    ...address,
    users: people,
    clients: [
      {
        clientId: CLIENT_ID,
        redirectUris: [`${origin}${target.callbackPath}`],
        ...(client ?? { clientSecret, tokenEndpointAuthMethod }),
      },
    ],
    ...bound.idp,
    resources: apis.map(({ resource }) => ({ indicator: resource, scopes: API_SCOPES })),
    accessTokenSeconds: tokenSeconds,
    rotateRefreshToken: options.rotateRefreshToken ?? true,
    refreshTokenInRefreshes: options.refreshTokenInRefreshes ?? true,
    refreshTokenGraceSeconds: options.refreshTokenGraceSeconds ?? 0,
  });
  closers.push(() => idp.close());
  const { environment, api: ofApi } = await bound.wire(idp.mutualTls?.authority, folder);
  const routes: object[] = [...(options.routes ?? [])];
  for (const { prefix, resource } of apis) {
    const api = await startNotesApi({
      issuer: idp.issuer,
      audience: resource,
      database: ":memory:",
      ...ofApi,
    });
    closers.push(() => api.close());
    routes.push({ prefix, upstream: `${api.url}/v1`, resource });
  }
  const redis = options.ledger === "redis" ? await startRedisProcess() : undefined;
  if (redis !== undefined) closers.push(() => redis.stop());
  const fleet = await FLEETS[options.ledger ?? "sqlite"]?.();
  if (fleet !== undefined) closers.push(() => fleet.stop());
  const postgres = options.ledger === "postgres" ? await startPostgresProcess() : undefined;
  if (postgres !== undefined) closers.push(() => postgres.stop());

  const secret = randomBytes(32).toString("base64url");
  const secretFiles =
    options.secretsInFiles === true ? await writeSecrets(folder, secret, clientSecret) : undefined;
  const setting: TargetSetting = {
    origin,
    issuer: idp.issuer,
    clientId: CLIENT_ID,
    clientSecret,
    tokenSeconds,
    routes,
    apiScopes: API_SCOPES,
    instances: instanceCount,
    workers: options.workers ?? 1,
    ledger:
      redis !== undefined || fleet !== undefined
        ? { kind: "redis", url: (redis ?? fleet)?.url ?? "" }
        : postgres !== undefined
          ? { kind: "postgres", url: postgres.url }
          : { kind: "sqlite", file: join(folder, "ledger.sqlite") },
    folder,
    secret,
    ...(secretFiles === undefined ? {} : { secretFiles }),
    ...(options.upstream === undefined ? {} : { upstream: options.upstream }),
    ...(certificate === undefined ? {} : { certificateFile: certificate.file }),
    environment: { ...environment, ...options.environment },
  };
  const relays: StoreRelay[] = [];
  const ports: number[] = [];
  const instances: TargetInstance[] = [];
  closers.push(() => Promise.all(instances.map((instance) => instance.stop("SIGTERM"))));
  for (let index = 0; index < instanceCount; index += 1) {
    ports.push(await findFreePort(0, ports));
    if (options.isRelayed === true && setting.ledger.kind !== "sqlite") {
      const relay = await startStoreRelay(setting.ledger.url);
      closers.push(() => relay.close());
      relays.push(relay);
    }
    instances.push(await startAt(index));
  }
  function startAt(index: number): Promise<TargetInstance> {
    const { ledger } = setting;
    const offset = options.clockOffsetsMs?.[index] ?? 0;
    const url = relays[index]?.url;
    return target.start(at(ports, index), {
      ...setting,
      ...(url === undefined || ledger.kind === "sqlite" ? {} : { ledger: { ...ledger, url } }),
      environment: { ...setting.environment, ...(offset === 0 ? {} : clockOffset(offset)) },
    });
  }
  const roundRobin = createRoundRobin(new URL(origin).host, ports);
  closers.push(() => roundRobin.close());
  return {
    target,
    origin,
    tokenSeconds,
    idp,
    control: createDevIdpControl(idp.issuer),
    clientId: CLIENT_ID,
    secretFiles,
    roundRobin,
    people: [...people],
    setUp: { tokenCalls: 0 },
    redis,
    fleet,
    postgres,
    relays,
    ports,
    instance: (index) => at(instances, index),
    async startInstance(index) {
      instances[index] = await startAt(index);
    },
  };
}

async function writeSecrets(folder: string, secret: string, clientSecret: string): Promise<SecretFiles> {
  const files = { cookieKeys: join(folder, "cookie-keys"), clientSecret: join(folder, "client-secret") };
  await writeFile(files.cookieKeys, secret, { mode: 0o600 });
  await writeFile(files.clientSecret, clientSecret, { mode: 0o600 });
  return files;
}

const CLOCK_OFFSET = new URL("./clock-offset.mjs", import.meta.url);

/** For a process of Node: its clock is wrong by so much. */
function clockOffset(ms: number): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import ${CLOCK_OFFSET.href}`, CLOCK_OFFSET_MS: String(ms) };
}

/** Where the provider listens, so that the target takes it. */
async function chooseAddress(
  { issuer }: TortureTarget,
  folder: string,
): Promise<Pick<DevIdpOptions, "host" | "port" | "tls"> & { readonly certificate?: Certificate }> {
  if (issuer === undefined) return {};
  if (issuer === "localhost") return { host: "localhost" };
  // An address of its own, since each has but one port 443.
  const host = `127.${[...randomBytes(3)].map((byte) => 1 + (byte % 254)).join(".")}`;
  const certificate = await makeCertificate(folder, host);
  return { host, port: 443, tls: { key: certificate.key, cert: certificate.cert }, certificate };
}

function inventPeople(count: number): readonly DevIdpUser[] {
  return Array.from({ length: count }, (_, index) => {
    const sub = `visitor-${String(index + 1).padStart(4, "0")}`;
    return { sub, username: sub, password: "ticket", claims: { name: sub, email: `${sub}@example.org` } };
  });
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`There is no instance ${index}.`);
  return value;
}
