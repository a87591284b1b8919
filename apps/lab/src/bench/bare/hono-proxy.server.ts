import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { proxy } from "hono/proxy";

/** A proxy that does nothing but forward, as Hono's documentation shows it. */
const { UPSTREAM: upstream = "", PORT: port } = process.env;
const app = new Hono();
app.all("*", (c) => proxy(upstream + c.req.path, { raw: c.req.raw }));

serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" }, () => {
  console.log("listening");
});
