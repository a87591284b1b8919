import { waitAtMost, type Timed } from "../../deadline.ts";
import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { TokensError } from "../../tokens-error.ts";
import { LEDGER_CALL_MS } from "../ledger.ts";

type Row = Readonly<Record<string, unknown>>;

/** One connection of a pool, as `pg` has it. */
export interface PostgresClient {
  query(text: string): Promise<unknown>;
  on(event: "notification" | "error" | "end", listener: () => void): unknown;
  /** @param destroy it isn't used again */
  release(destroy?: boolean): void;
}

/** What this needs of a pool, as `Pool` of `pg` has it. It is the caller's to make and to end. */
export interface PostgresPool {
  query(config: {
    readonly text: string;
    readonly values: unknown[];
    /** Milliseconds; `pg` gives the connection up after that. */
    readonly query_timeout: number;
  }): Promise<{ readonly rows: readonly Row[] }>;
  connect(): Promise<PostgresClient>;
  readonly options?: { readonly max?: number | undefined };
}

/** SQL, and the values of its parameters in their order. */
export interface PostgresStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface PostgresConnection {
  /**
   * @param deadline of `newDeadline`; default: a new one
   * @throws {TokensError} `ledger_unreachable` after 5 s at most, or when the database refuses
   */
  query(statement: PostgresStatement, deadline?: number): Promise<readonly Row[]>;
  /** For several statements of one call, which are to take 5 s together. */
  newDeadline(): number;
  close(): void;
}

/** The database keeps the ledger's time; this one only bounds how long it is waited for. */
const CLOCK = { ...SYSTEM_TIMERS, monotonicMs: () => performance.now() };

export function createPostgresConnection(pool: PostgresPool): PostgresConnection {
  let isClosed = false;

  function newDeadline(): number {
    return CLOCK.monotonicMs() + LEDGER_CALL_MS - 100;
  }

  return {
    newDeadline,
    /** A pool without a free connection lets everyone wait without any end: the bound is ours. */
    async query({ text, values }, deadline = newDeadline()) {
      if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
      const leftMs = Math.max(1, Math.floor(deadline - CLOCK.monotonicMs()));
      let timed: Timed<{ readonly rows: readonly Row[] }>;
      try {
        const call = pool.query({ text, values: [...values], query_timeout: leftMs });
        timed = await waitAtMost(call, leftMs, CLOCK);
      } catch (cause) {
        throw new TokensError("ledger_unreachable", "the database can't do what it is asked", { cause });
      }
      if (timed.kind === "answer") return timed.value.rows;
      throw new TokensError("ledger_unreachable", "the database did not answer");
    },
    close() {
      isClosed = true;
    },
  };
}

/** The SQLSTATE of what the database answered; `undefined`: it didn't. @see PostgreSQL, appendix A */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = error instanceof TokensError ? error.cause : error;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[\dA-Z]{5}$/u.test(code) ? code : undefined;
}
