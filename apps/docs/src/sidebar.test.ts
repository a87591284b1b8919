import { expect, it } from "vitest";
import { createSidebar } from "./sidebar.ts";
import { findSitePages } from "./site-pages.ts";

it("the sidebar has every page once, each under its heading", () => {
  const links = createSidebar().flatMap(({ items }) => items);
  const paths = findSitePages()
    .map(({ path }) => `/${path.replace(/\.md$/, "")}`)
    .filter((path) => path !== "/index" && !path.startsWith("/decisions/"));
  const ofDocuments = links
    .map(({ link }) => link)
    .filter((link) => !link.startsWith("/reference/") && link !== "/decisions/");
  expect(ofDocuments.toSorted()).toEqual(paths.toSorted());
  expect(links.filter(({ text }) => text === "")).toEqual([]);
});
