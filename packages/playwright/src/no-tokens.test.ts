import { describe, expect, it } from "vitest";
import { findTokens } from "./no-tokens.ts";

const APP = "http://localhost:3000";
const JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
const OPTIONS = { appUrl: APP, control: undefined, secrets: ["a secret of the options"] };

describe("what a page could see", () => {
  it.each([
    { where: `response body ${APP}/api/notes`, text: JWT },
    { where: `response body ${APP}/bff/logout`, text: `{"next":"${JWT}"}` },
    { where: `response body ${APP}/bff/session`, text: '{"access_token": "not-even-a-jwt"}' },
    { where: "console", text: JWT },
    { where: `page ${APP}/`, text: "a secret of the options" },
  ])("is found to hold a token: $where", async (evidence) => {
    expect(await findTokens([evidence], OPTIONS)).toMatchObject([{ where: evidence.where }]);
  });

  it.each([
    { name: "a page without one", where: `page ${APP}/`, text: "Row 14" },
    {
      name: "the hint of a sign-out at the provider",
      where: `response headers ${APP}/bff/logout/provider`,
      text: `location: https://id.example/session/end?id_token_hint=${JWT}`,
    },
    { name: "another origin's own", where: "response body https://id.example/token", text: JWT },
  ])("is clean: $name", async ({ where, text }) => {
    expect(await findTokens([{ where, text }], OPTIONS)).toEqual([]);
  });
});
