/** What a host is told, as variables of its environment. */
export interface HostSetting {
  readonly PUBLIC_ORIGIN: string;
  readonly PORT: string;
  readonly OIDC_ISSUER: string;
  readonly OAUTH_CLIENT_ID: string;
  readonly OAUTH_CLIENT_SECRET: string;
  readonly COOKIE_KEY: string;
  readonly API_URL: string;
}

export interface RunningHost {
  /** Everything that it has written so far. */
  output(): string;
  /** Ends it as a deploy does. @returns its exit code, or the signal that ended it; 0 where it isn't a process of its own */
  stop(): Promise<number | string | null>;
}

/** Something that serves the small app. */
export interface ExampleHost {
  readonly name: string;
  /** Its example, below the root; also the text that says what is tried. */
  readonly example: string;
  /** Names of checks that make no sense on it, each with the reason. */
  readonly lacks: Readonly<Record<string, string>>;
  /** Whether it can be started here without an installation. */
  isAtHand(): boolean;
  /** What it runs on: `Node 24.21.0`. */
  version(): string;
  /** @param folder for its files */
  start(setting: HostSetting, folder: string): Promise<RunningHost>;
}
