/** One kind of request that a bench repeats. */
export interface BenchScenario {
  readonly name: ScenarioName;
  readonly about: string;
  readonly method: "GET" | "POST";
  /** Under the target's prefix for the API; who says who is signed in does so at a place of its own. */
  readonly path: string;
  readonly bodyBytes?: number;
  readonly connections: number;
  /** Sent without a session: the answer is a refusal. */
  readonly isRefused?: true;
  /** So much in one request that a few of them warm a server up. */
  readonly isHeavy?: true;
}

export type ScenarioName = "get-1k" | "refused" | "post-10k" | "down-10m" | "up-10m" | "sse-1000" | "session";

const MIB = 1024 * 1024;

export const SCENARIOS: readonly BenchScenario[] = [
  { name: "get-1k", about: "GET of 1 KB JSON, token fresh", method: "GET", path: "/1k", connections: 32 },
  {
    name: "refused",
    about: "the same without a session (undici: with its answer)",
    method: "GET",
    path: "/1k",
    connections: 32,
    isRefused: true,
  },
  {
    name: "session",
    about: "who is signed in (undici: GET of 1 KB JSON)",
    method: "GET",
    path: "/1k",
    connections: 32,
  },
  {
    name: "post-10k",
    about: "POST of 10 KB",
    method: "POST",
    path: "/sink",
    bodyBytes: 10_240,
    connections: 32,
  },
  { name: "down-10m", about: "10 MB down", method: "GET", path: "/10m", connections: 4, isHeavy: true },
  {
    name: "up-10m",
    about: "10 MB up",
    method: "POST",
    path: "/sink",
    bodyBytes: 10 * MIB,
    connections: 4,
    isHeavy: true,
  },
  {
    name: "sse-1000",
    about: "a stream of 1,000 events",
    method: "GET",
    path: "/events",
    connections: 8,
    isHeavy: true,
  },
];
