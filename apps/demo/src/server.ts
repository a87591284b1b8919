import { createDemo } from "@coatcheck/bff/demo";
import { runEntry } from "@coatcheck/server/internal";
import { createFaultControl } from "./fault-control.ts";

/** The server as `pnpm serve` runs it, and the demo's routes. Ends when the process that started it is gone. */
const { DEMO_IDP_URL: idpUrl = "", ...environment } = process.env;
await runEntry({
  environment,
  extensions: [createDemo({ faults: createFaultControl(idpUrl) })],
  onStop: (stop) => process.once("disconnect", stop),
});
