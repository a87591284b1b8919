import { LedgerObject } from "@coatcheck/tokens/durable-object";
import type { LedgerObjectState } from "@coatcheck/tokens/durable-object";

/** The ledger's object, with a way to its rows and its alarm that nobody else has. */
export class DamageableLedger extends LedgerObject {
  readonly #state: LedgerObjectState;

  constructor(state: LedgerObjectState) {
    super(state);
    this.#state = state;
  }

  override async fetch(request: Request): Promise<Response> {
    const { sql } = this.#state.storage;
    switch (new URL(request.url).pathname) {
      case "/damage":
        sql.exec("UPDATE record SET body = '{}' WHERE key = ?", await request.text()).toArray();
        return Response.json({});
      case "/alarm":
        await this.alarm();
        return Response.json({ alarmAt: await this.#state.storage.getAlarm() });
      case "/rows":
        return Response.json(sql.exec("SELECT count(*) AS records FROM record").toArray()[0]);
      default:
        return super.fetch(request);
    }
  }
}

export default { fetch: (): Response => new Response("Only the object is used.", { status: 404 }) };
