import { fileURLToPath } from "node:url";

export const repositoryFolder = fileURLToPath(new URL("../../..", import.meta.url));

/** Where the sources can be read: for links from the site to what is no page of it. */
export const REPOSITORY_URL = "https://github.com/coatcheck/coatcheck";
