import express, { type Request, type Response } from "express";
import openid from "express-openid-connect";
import { createProxyMiddleware } from "http-proxy-middleware";

/** The documented way to call an API with refreshing (`AccessToken.refresh`), with the provider's UserInfo endpoint as the API. */
const { ISSUER_BASE_URL: issuer = "", CLIENT_SECRET: clientSecret = "", PORT: port } = process.env;

const app = express();
app.use(
  openid.auth({
    clientSecret,
    authRequired: true,
    errorOnRequiredAuth: true,
    authorizationParams: { response_type: "code", scope: "openid profile email" },
  }),
);
app.get("/api/me", (request, response) => showProfile(request, response));

const { UPSTREAM: upstream } = process.env;
if (upstream !== undefined) {
  app.use(
    "/api/bench",
    createProxyMiddleware<Request>({
      target: upstream,
      on: {
        proxyReq: (outgoing, request) =>
          outgoing.setHeader("authorization", `Bearer ${request.oidc.accessToken?.access_token ?? ""}`),
      },
    }),
  );
}

async function showProfile(request: Request, response: Response): Promise<void> {
  let { accessToken } = request.oidc;
  if (accessToken?.isExpired() === true) accessToken = await accessToken.refresh();
  const authorization = `Bearer ${accessToken?.access_token ?? ""}`;
  const profile = await fetch(new URL("/me", issuer), { headers: { authorization } });
  response
    .status(profile.status)
    .type("json")
    .send(await profile.text());
}

app.listen(Number(port), "127.0.0.1", () => {
  console.log("listening");
});
