export { startDemo, type Demo, type DemoOptions } from "./start-demo.ts";
export type { ProcessExit } from "./server-process.ts";
export { buildWeb, builtWebFolder, isWebBuildStale } from "./web-build.ts";
export { findFreePort } from "./free-port.ts";
export { createHttpBrowser, type HttpBrowser, type PageRequest } from "./http-browser.ts";
