import { createBff } from "@coatcheck/bff";
import { runEntry } from "@coatcheck/server/internal";

/** The production server, but that its API calls take the way through the Hono app, as an embedder's do by default. */
await runEntry({
  environment: process.env,
  createBff: (config, ports) => ({
    ...createBff(config, ports),
    answerApiCall: () => undefined,
    answerDirectly: () => undefined,
  }),
});
