/** What every process of a target is told. */
export interface TargetSetting {
  /** `http://localhost:<port>`: what browsers see. Nobody listens there: the bench hands requests to the processes in turn. */
  readonly origin: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How long access tokens live. */
  readonly tokenSeconds: number;
  /** Notes APIs, each of which takes JWTs for its own resource only. */
  readonly apis: readonly ApiSetting[];
  readonly apiScopes: readonly string[];
  readonly instances: number;
  /** Processes of each instance. */
  readonly workers: number;
  readonly ledger: LedgerSetting;
  /** A folder that goes with the run. */
  readonly folder: string;
  /** Random, the same for all instances. */
  readonly secret: string;
  /** Variables of our own server, over what the bench sets. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ApiSetting {
  /** Path under which the BFF offers it. */
  readonly prefix: string;
  readonly url: string;
  /** Its resource indicator (RFC 8707). */
  readonly resource: string;
}

export type LedgerSetting =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "redis"; readonly url: string };

/** One instance: one listening port, one process or several. */
export interface Instance {
  /** The processes that serve now. */
  pids(): readonly number[];
  /** Whether somebody else than the bench replaces a process that died. */
  readonly replacesItsOwn: boolean;
  /** Puts new processes into the place of the old ones, with the port open all the time; resolves when the old ones have ended. */
  readonly replace?: () => Promise<void>;
  /** Sends the signal to the whole instance and waits until it has ended. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** A BFF that can be tortured. Everything else is the same for all: provider, sessions, rounds, counting. */
export interface Target {
  readonly name: string;
  readonly version: string;
  /** One sentence: how it is configured, and where that is recommended. */
  readonly configuration: string;
  /** Where its provider sends people back to. */
  readonly callbackPath: string;
  /** A navigation there ends at the provider. */
  readonly loginPath: string;
  /** Answers 200 with a session that is alive, and needs a living access token where the BFF spends one. */
  readonly apiPath: string;
  /** A request that signs out; absent: not tortured. */
  readonly logout?: { readonly method: "POST" | "GET"; readonly path: string; readonly json?: string };
  /** Headers that its pages' scripts send with each call. */
  readonly pageHeaders: Readonly<Record<string, string>>;
  /** How much later than the provider it may think that a token has expired. */
  readonly expiresLateMs: number;
  start(port: number, setting: TargetSetting): Promise<Instance>;
}
