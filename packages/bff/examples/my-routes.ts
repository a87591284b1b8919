import type { Bff, BffEnv } from "@coatcheck/bff";
import { Hono } from "hono";

/** Routes of one's own, with the guard and the session of a BFF: `app.route("/", createMyRoutes(bff, "https://notes.internal/v1"))`. */
export function createMyRoutes(bff: Bff, notes: string): Hono<BffEnv> {
  const app = new Hono<BffEnv>();

  // Who is here? Nobody has to be.
  app.get("/hello", bff.session(), (c) => {
    const { session } = c.var;
    return c.text(
      session.state === "anonymous" ? "Hello." : `Hello ${session.user.name ?? session.user.sub}.`,
    );
  });

  // Somebody has to be signed in, and our own page has to ask.
  app.use("/my/*", bff.guard(), bff.requireSession());

  // Calls an API as an API route does: with the session's token, refreshed if need be. The answer may go out as it is.
  app.get("/my/latest", (c) => bff.fetch(c, `${notes}/notes?limit=1`));

  // Or read it here.
  app.get("/my/count", async (c) => {
    const answer = await bff.fetch(c, `${notes}/notes`);
    if (!answer.ok) return answer;
    const { total } = (await answer.json()) as { total: number };
    return c.json({ total });
  });

  // Not with a sign-in from this morning, and not without the scope.
  app.delete("/my/account", bff.requireSession({ maxAgeSeconds: 300, scopes: ["notes:read"] }), (c) =>
    c.body(null, 204),
  );

  return app;
}
