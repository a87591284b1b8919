import type { DemoEvent, Profile, TokenFacts } from "@coatcheck/contract";
import { formatRemaining } from "../../ticket/remaining.ts";
import type { Experiment, OnProgress } from "../experiments/experiment.ts";
import { sayHow, type RefreshEvent } from "../events/say-how.ts";

/** What the moves need of the page; all calls reject with the client's errors. */
export interface MovePorts {
  userinfo: () => Promise<Profile>;
  refresh: () => Promise<unknown>;
  validate: () => Promise<TokenFacts>;
  /** Calls an API behind the counter; resolves with the status. */
  callApi: () => Promise<number>;
  expire: () => Promise<void>;
  /** The coat number just now, asked from the server. */
  coat: () => Promise<number | undefined>;
  /** What happened to this session so far; `[]` where the server doesn't tell. */
  events: () => Promise<readonly DemoEvent[]>;
  /** A clock for durations, in milliseconds. */
  elapsedMs: () => number;
  /** The server's clock. */
  serverNowMs: () => number;
  onProgress: OnProgress;
}

export type Move = Experiment<MovePorts> & { needsDemo?: boolean };

/** The four things that a session can be asked to do. */
export const MOVES: readonly Move[] = [
  {
    id: "profile",
    name: "Profile",
    expectation: "Asks the provider who you are, with the coat it holds for you.",
    run: async (ports) => {
      const seen = await watch(ports, ports.userinfo);
      const { name, email, sub } = seen.value;
      return {
        tone: "done",
        fact: firstText(name, sub),
        rest: `${typeof email === "string" ? `, ${email}` : ""}. ${seen.ms} ms.`,
        detail: sayWhatRenewed(seen),
      };
    },
  },
  {
    id: "implicit-refresh",
    name: "Implicit refresh",
    expectation:
      "Marks the access token expired, then calls the API. The call should succeed and bring a new coat.",
    needsDemo: true,
    renews: true,
    run: async (ports) => {
      const seen = await watch(ports, ports.callApi, ports.expire);
      const [refresh] = seen.refreshes;
      const renewed = seen.coatAfter !== seen.coatBefore || refresh !== undefined;
      const good = seen.value >= 200 && seen.value < 300;
      return {
        tone: good && renewed ? "done" : "failed",
        fact: `${seen.value} in ${seen.ms} ms`,
        rest: renewed
          ? refresh
            ? `, of which ${Math.round(refresh.durationMs)} ms went into the refresh.`
            : ", the refresh included."
          : ", but nothing was renewed. A new coat was expected.",
        detail: sayWhatRenewed(seen, "untimed"),
      };
    },
  },
  {
    id: "explicit-refresh",
    name: "Explicit refresh",
    expectation: "Renews now, though nothing has expired. The coat number should go up by one.",
    renews: true,
    run: async (ports) => {
      const seen = await watch(ports, ports.refresh);
      const { coatBefore, coatAfter, ms } = seen;
      if (coatAfter === undefined || coatBefore === undefined || coatAfter <= coatBefore) {
        return { tone: "failed", fact: `The coat stayed ${coatAfter ?? "unknown"}`, rest: `. ${ms} ms.` };
      }
      const [refresh] = seen.refreshes;
      return {
        tone: "done",
        fact: `Coat ${coatBefore} became ${coatAfter}`,
        rest: ` in ${ms} ms.`,
        ...(refresh ? { detail: sayHow(refresh) } : {}),
      };
    },
  },
  {
    id: "validate",
    name: "Validate",
    expectation: "Asks the provider whether the access token is still good. You see facts, never the token.",
    run: async (ports) => {
      const seen = await watch(ports, ports.validate);
      const facts = seen.value;
      if (!facts.active) {
        return {
          tone: "failed",
          fact: "Not good",
          rest: `. ${WHO_WAS_ASKED[facts.method]} says no. ${seen.ms} ms.`,
        };
      }
      return {
        tone: "done",
        fact: "Good",
        rest: `. ${sayFacts(facts, ports.serverNowMs())}`,
        detail: `${WHO_WAS_ASKED[facts.method]} says so, ${seen.ms} ms. ${sayWhatRenewed(seen)}`,
      };
    },
  },
];

const WHO_WAS_ASKED: Readonly<Record<TokenFacts["method"], string>> = {
  introspection: "The provider’s introspection",
  tokeninfo: "The provider’s tokeninfo page",
  jwt: "The token’s own signature",
};

type Seen<T> = {
  value: T;
  ms: number;
  coatBefore: number | undefined;
  coatAfter: number | undefined;
  refreshes: readonly RefreshEvent[];
};

/** Does one thing, measures it alone, and looks before and after at what the server did. */
async function watch<T>(
  ports: MovePorts,
  act: () => Promise<T>,
  prepare?: () => Promise<void>,
): Promise<Seen<T>> {
  ports.onProgress(0.1);
  const coatBefore = await ports.coat();
  const lastId = Math.max(0, ...(await ports.events()).map(({ id }) => id));
  await prepare?.();
  ports.onProgress(0.4);
  const startedAt = ports.elapsedMs();
  const value = await act();
  const ms = Math.round(ports.elapsedMs() - startedAt);
  ports.onProgress(0.8);
  const coatAfter = await ports.coat();
  const events = await ports.events();
  ports.onProgress(1);
  const refreshes = events.filter((event) => event.kind === "refresh").filter(({ id }) => id > lastId);
  return { value, ms, coatBefore, coatAfter, refreshes };
}

function sayWhatRenewed(
  { coatBefore, coatAfter, refreshes }: Seen<unknown>,
  timed: "timed" | "untimed" = "timed",
): string {
  const [refresh] = refreshes;
  if (coatAfter === undefined) return "";
  if (coatBefore === undefined || coatAfter === coatBefore) return `Coat ${coatAfter}. Nothing was renewed.`;
  return `Coat ${coatBefore} became ${coatAfter} on the way.${refresh ? ` ${sayHow(refresh, timed)}` : ""}`;
}

function sayFacts(facts: TokenFacts, nowMs: number): string {
  const scopes = facts.scopes.length === 0 ? "No scopes" : `Scopes ${list(facts.scopes)}`;
  const audience = facts.audience.length === 0 ? "" : `, for ${list(facts.audience)}`;
  const left = facts.expiresAt === undefined ? "" : `, ${formatRemaining(facts.expiresAt - nowMs)} left`;
  return `${scopes}${audience}${left}.`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function firstText(...candidates: readonly unknown[]): string {
  return candidates.find((candidate) => typeof candidate === "string" && candidate !== "") as string;
}
