import type { RoundsOptions } from "../rounds/play-rounds.ts";
import type { TARGETS } from "../stage/target.ts";

/** A BFF in one configuration. */
export interface Row {
  readonly target: keyof typeof TARGETS;
  /** As the table calls it. */
  readonly label: string;
  readonly isOurs?: true;
  /** In the short form of the table. */
  readonly isShown?: true;
  /** Where its sessions or its ledger are: nowhere but with itself, in Redis or PostgreSQL always, or in Redis with several instances. */
  readonly store: "none" | "redis" | "redis-if-several" | "redis-cluster" | "redis-sentinel" | "postgres";
  /** Why it isn't played with several machines. */
  readonly oneMachine?: string;
  readonly options?: Partial<RoundsOptions>;
}

/** In the order of the table; `--target` takes the names. */
export const ROWS = {
  coatcheck: {
    target: "coatcheck",
    label: "Coatcheck, SQLite",
    isOurs: true,
    store: "none",
    oneMachine: "a file is one machine's: several need Redis, and without it the server refuses to start",
  },
  "coatcheck-redis": {
    target: "coatcheck",
    label: "Coatcheck, Redis",
    isOurs: true,
    isShown: true,
    store: "redis",
  },
  "coatcheck-redis-4": {
    target: "coatcheck",
    label: "Coatcheck, Redis, 4 instances",
    isOurs: true,
    store: "redis",
    options: { instances: 4 },
  },
  "coatcheck-redis-cluster-4": {
    target: "coatcheck",
    label: "Coatcheck, Redis Cluster, 4 instances, a replica waited for",
    isOurs: true,
    store: "redis-cluster",
    options: { instances: 4, waitReplicas: 1 },
  },
  "coatcheck-redis-sentinel-4": {
    target: "coatcheck",
    label: "Coatcheck, Redis Sentinel, 4 instances, a replica waited for",
    isOurs: true,
    store: "redis-sentinel",
    options: { instances: 4, waitReplicas: 1 },
  },
  "coatcheck-postgres-4": {
    target: "coatcheck",
    label: "Coatcheck, PostgreSQL, 4 instances",
    isOurs: true,
    store: "postgres",
    options: { instances: 4 },
  },
  "coatcheck-redis-key": {
    target: "coatcheck",
    label: "Coatcheck, Redis, private_key_jwt and DPoP",
    isOurs: true,
    store: "redis",
    options: { binding: "key" },
  },
  "coatcheck-redis-certificate": {
    target: "coatcheck",
    label: "Coatcheck, Redis, mutual TLS",
    isOurs: true,
    store: "redis",
    options: { binding: "certificate" },
  },
  "coatcheck-memory": {
    target: "coatcheck-memory",
    label: "Coatcheck in a Hono app, memory",
    isOurs: true,
    store: "none",
    oneMachine: "a ledger in memory is one process's",
    options: { instances: 1 },
  },
  "mod_auth_openidc-given": {
    target: "mod_auth_openidc-given",
    label: "mod_auth_openidc, server cache",
    isShown: true,
    store: "redis-if-several",
  },
  "mod_auth_openidc-given-cookie": {
    target: "mod_auth_openidc-given-cookie",
    label: "mod_auth_openidc, cookie",
    store: "none",
  },
  mod_auth_openidc: {
    target: "mod_auth_openidc",
    label: "mod_auth_openidc of Debian 12, server cache",
    store: "redis-if-several",
  },
  "mod_auth_openidc-cookie": {
    target: "mod_auth_openidc-cookie",
    label: "mod_auth_openidc of Debian 12, cookie",
    store: "none",
  },
  "oauth2-proxy-redis": {
    target: "oauth2-proxy-redis",
    label: "oauth2-proxy, Redis",
    isShown: true,
    store: "redis",
  },
  "oauth2-proxy-cookie": { target: "oauth2-proxy-cookie", label: "oauth2-proxy, cookie", store: "none" },
  "hono-oidc-auth": {
    target: "hono-oidc-auth",
    label: "`@hono/oidc-auth`",
    isShown: true,
    store: "none",
  },
  "express-openid-connect": {
    target: "express-openid-connect",
    label: "express-openid-connect",
    isShown: true,
    store: "none",
  },
  "auth0-hono": { target: "auth0-hono", label: "`@auth0/auth0-hono`", isShown: true, store: "none" },
  "nextjs-auth0": { target: "nextjs-auth0", label: "`@auth0/nextjs-auth0`", isShown: true, store: "none" },
  "better-auth": {
    target: "better-auth",
    label: "better-auth",
    isShown: true,
    store: "none",
    // It refreshes 5 s before the end, so a token of 6 s would be due almost all the time.
    options: { tokenSeconds: 12 },
  },
  "requests-oauthlib": { target: "requests-oauthlib", label: "requests-oauthlib, Flask", store: "none" },
} as const satisfies Record<string, Row>;

export type RowName = keyof typeof ROWS;

export function rowNamed(name: RowName): Row {
  return ROWS[name];
}
