import type { Bff, BffEnv } from "@coatcheck/bff";
import { Hono } from "hono";
import { NOTES } from "./my-config.ts";

/** An app in Hono, for every host that answers a `Request` with a `Response`. */
export function createMyApp(bff: Bff, api: string): Hono<BffEnv> {
  const app = new Hono<BffEnv>();
  app.route("/", bff.app); // answers /bff, /api/notes and the health checks; the rest falls through

  app.get("/hello", bff.session(), (c) => {
    const { session } = c.var;
    return c.text(session.state === "anonymous" ? "Hello." : `Hello ${session.user.name}.`);
  });

  app.post("/my/notes", bff.guard(), bff.requireSession(), async (c) => {
    const { title } = await c.req.json<{ title: string }>();
    return bff.fetch(c, api, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title }),
      resource: NOTES,
    });
  });

  return app;
}
