import { runEntry } from "@coatcheck/server/internal";
import { createDemoBff } from "./part/create-demo-bff.ts";

/** The server as `pnpm serve` runs it, and the demo's routes. Ends when the process that started it is gone. */
const { DEMO_IDP_URL: idpUrl = "", DEMO_PLAIN_URL: plainUrl = "", ...environment } = process.env;
await runEntry({
  environment,
  createBff: createDemoBff({ idpUrl, plainUrl }),
  onStop: (stop) => process.once("disconnect", stop),
});
