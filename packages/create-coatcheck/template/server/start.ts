import { securityHeaders } from "@coatcheck/bff";
import { serve } from "@coatcheck/bff/node";
import { serveStatic } from "@hono/node-server/serve-static";
import { createServerApp } from "./app.ts";

// Production: the built page and the BFF in one process, configured by the environment.
const { bff, app } = createServerApp(process.env);
const headers = securityHeaders("html", { publicOrigin: process.env["PUBLIC_ORIGIN"] ?? "" });

app.use(async (c, next) => {
  await next();
  for (const [name, value] of headers) c.res.headers.set(name, value);
});
app.use(serveStatic({ root: "dist" }));

const { port } = await serve(bff, app, { port: Number(process.env["PORT"] ?? 3000) });
console.log(`Listening on ${port}.`);
