export { createDrafts, type Draft, type Drafts, type DraftsOptions } from "./drafts.ts";
