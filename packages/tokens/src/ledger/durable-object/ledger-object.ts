import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { TokensError } from "../../tokens-error.ts";
import { createLedgerSteps, type StepStore, type StoreTransaction } from "../record-ledger.ts";
import { createRecordListeners } from "../record-listeners.ts";
import type { SqliteTables } from "../sqlite-tables.ts";
import type { ObjectAnswer, ObjectCall, ObjectMethods } from "./ledger-message.ts";
import { createObjectTables, type LedgerObjectState } from "./object-tables.ts";

const SWEEP_EVERY_MS = 600_000;
const SWEEP_BATCH = 500;

/**
 * The Durable Object that holds a ledger: export it from the Worker's module, and bind it as a class with SQLite storage.
 *
 * It runs the same transitions as the other ledgers, one step after the other in its single thread. The platform holds every
 * answer back until what was written is safe (the output gate), so a success survives whatever happens after anyone knows of
 * it. An alarm takes away what has outlived its time; an object without records sets none.
 */
export class LedgerObject {
  readonly #state: LedgerObjectState;
  readonly #tables: SqliteTables;
  readonly #methods: ObjectMethods;
  readonly #listeners = createRecordListeners();
  #hasAlarm = false;

  constructor(state: LedgerObjectState) {
    this.#state = state;
    this.#tables = createObjectTables(state);
    const store: StepStore = {
      outlivesProcess: true,
      change: (_at, _isDurable, work) => this.#change(work),
      look: async (_at, work) => work({ ...this.#tables, now: Date.now() }),
      onChange: (key, callBack) => this.#listeners.listen(key, callBack),
    };
    this.#methods = {
      ...createLedgerSteps(store, SYSTEM_TIMERS),
      endings: async (seq) => this.#tables.endingsAfter(seq, Date.now()),
      stats: async () => this.#tables.count(Date.now()),
    };
  }

  /** Answers one call of `createDurableObjectLedger`; nothing else can reach an object. */
  async fetch(request: Request): Promise<Response> {
    const call = (await request.json()) as ObjectCall;
    return Response.json(await this.#answer(call));
  }

  /** Called by the platform. */
  async alarm(): Promise<void> {
    this.#hasAlarm = false;
    const now = Date.now();
    while (this.#state.storage.transactionSync(() => this.#tables.sweep(now, SWEEP_BATCH)));
    const { records, tombstones } = this.#tables.count(now);
    if (records + tombstones > 0) await this.#ensureAlarm();
  }

  async #answer({ method, args }: ObjectCall): Promise<ObjectAnswer> {
    const answer = this.#methods[method] as (...args: readonly unknown[]) => Promise<unknown>;
    try {
      return { kind: "answer", value: await answer(...args) };
    } catch (error) {
      if (error instanceof TokensError && error.code === "ledger_unreachable") {
        return { kind: "failure", code: error.code, message: error.message };
      }
      // Everything but the storage itself that can fail in a step is what lies at the record's place.
      return { kind: "failure", code: "record_unreadable", message: "a record can't be read" };
    }
  }

  async #change<T>(work: (tables: StoreTransaction) => T): Promise<T> {
    const keys = new Set<string>();
    let isEntombed = false;
    const value = this.#state.storage.transactionSync(() =>
      work({
        ...this.#tables,
        now: Date.now(),
        putRecord: (key, record) => {
          keys.add(key);
          this.#tables.putRecord(key, record);
        },
        putTombstone: (key, tombstone) => {
          isEntombed = true;
          this.#tables.putTombstone(key, tombstone);
        },
      }),
    );
    // A tombstone may end the session of anyone who waits.
    if (isEntombed) this.#listeners.callAll();
    for (const key of keys) this.#listeners.call(key);
    if (keys.size > 0 || isEntombed) await this.#ensureAlarm();
    return value;
  }

  async #ensureAlarm(): Promise<void> {
    if (this.#hasAlarm) return;
    this.#hasAlarm = true;
    const { storage } = this.#state;
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + SWEEP_EVERY_MS);
  }
}
