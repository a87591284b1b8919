import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNotesApi } from "@coatcheck/api";
import { createDevIdpControl, startDevIdp, type DevIdp, type DevIdpControl } from "@coatcheck/dev-idp";
import { findFreePort } from "@coatcheck/demo";
import { createWaitingRoom, inventPeople, type WaitingRoom } from "./people.ts";
import { startRedisProcess, type RedisProcess } from "./redis-process.ts";
import { createRoundRobin, type RoundRobin } from "./round-robin.ts";
import type { ApiSetting, Instance, Target, TargetSetting } from "./target.ts";

export interface StageOptions {
  readonly target: Target;
  readonly instances: number;
  readonly workers: number;
  readonly ledger: "sqlite" | "redis";
  readonly tokenSeconds: number;
  readonly people: number;
  /** How many of {@link API_PREFIXES}, each with a resource of its own. Default 1. */
  readonly apis?: 1 | 2;
  /** Default `true`. */
  readonly rotateRefreshToken?: boolean;
  /** Default `true`. */
  readonly refreshTokenInRefreshes?: boolean;
  /** Variables of our own server. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Everything that a run needs, as real processes: provider, API, and the instances of one target. */
export interface Stage {
  readonly target: Target;
  readonly origin: string;
  readonly tokenSeconds: number;
  readonly idp: DevIdp;
  readonly control: DevIdpControl;
  readonly roundRobin: RoundRobin;
  readonly waitingRoom: WaitingRoom;
  /** Present with a ledger in Redis. */
  readonly redis: RedisProcess | undefined;
  instance(index: number): Instance;
  /** Starts an instance that has ended, on its old port. */
  startInstance(index: number): Promise<void>;
  close(): Promise<void>;
}

/** Where the BFF offers the APIs; most runs use the first one alone. */
export const API_PREFIXES = ["/api/notes", "/api/archive"] as const;
const API_SCOPES = ["notes:read", "notes:write"];
const CLIENT_ID = "torture";

/** Starts it on free ports; what was started is stopped again if a part can't start. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { target } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), "coatcheck-torture-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const origin = `http://localhost:${await findFreePort(0)}`;
    const clientSecret = randomBytes(32).toString("base64url");
    const prefixes = API_PREFIXES.slice(0, options.apis ?? 1);
    const resourceOf = (prefix: string): string => `https://torture.coatcheck.example${prefix}`;
    const people = inventPeople(options.people);
    const idp = await startDevIdp({
      users: people,
      clients: [{ clientId: CLIENT_ID, clientSecret, redirectUris: [`${origin}${target.callbackPath}`] }],
      resources: prefixes.map((prefix) => ({ indicator: resourceOf(prefix), scopes: API_SCOPES })),
      accessTokenSeconds: options.tokenSeconds,
      rotateRefreshToken: options.rotateRefreshToken ?? true,
      refreshTokenInRefreshes: options.refreshTokenInRefreshes ?? true,
    });
    closers.push(() => idp.close());
    const apis: ApiSetting[] = [];
    for (const prefix of prefixes) {
      const resource = resourceOf(prefix);
      const api = await startNotesApi({ issuer: idp.issuer, audience: resource, database: ":memory:" });
      closers.push(() => api.close());
      apis.push({ prefix, url: api.url, resource });
    }
    const redis = options.ledger === "redis" ? await startRedisProcess() : undefined;
    if (redis !== undefined) closers.push(() => redis.stop());

    const setting: TargetSetting = {
      origin,
      issuer: idp.issuer,
      clientId: CLIENT_ID,
      clientSecret,
      tokenSeconds: options.tokenSeconds,
      apis,
      apiScopes: API_SCOPES,
      instances: options.instances,
      workers: options.workers,
      ledger:
        redis === undefined
          ? { kind: "sqlite", file: join(folder, "ledger.sqlite") }
          : { kind: "redis", url: redis.url },
      folder,
      secret: randomBytes(32).toString("base64url"),
      environment: options.environment ?? {},
    };
    const ports: number[] = [];
    const instances: Instance[] = [];
    closers.push(async () => {
      await Promise.all(instances.map((instance) => instance.stop("SIGTERM")));
    });
    for (let index = 0; index < options.instances; index += 1) {
      const port = await findFreePort(0, ports);
      ports.push(port);
      instances.push(await target.start(port, setting));
    }
    const roundRobin = createRoundRobin(new URL(origin).host, ports);
    closers.push(() => Promise.resolve(roundRobin.close()));

    return {
      target,
      origin,
      tokenSeconds: options.tokenSeconds,
      idp,
      control: createDevIdpControl(idp.issuer),
      roundRobin,
      waitingRoom: createWaitingRoom(people),
      redis,
      instance(index) {
        const instance = instances[index];
        if (instance === undefined) throw new RangeError(`There is no instance ${index}.`);
        return instance;
      },
      async startInstance(index) {
        const port = ports[index];
        if (port === undefined) throw new RangeError(`There is no instance ${index}.`);
        instances[index] = await target.start(port, setting);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
