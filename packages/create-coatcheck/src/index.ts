export { writeApp, type AppSettings } from "./write-app.ts";
export { CreateError, type CreateErrorCode } from "./create-error.ts";
