export { startDemo, type Demo, type DemoOptions } from "./start-demo.ts";
export {
  startServerProcess,
  type ProcessExit,
  type ServerProcess,
  type ServerProcessOptions,
} from "./server-process.ts";
export { startDemoBackends, type DemoBackendOptions, type DemoBackends } from "./demo-backends.ts";
export { buildWeb, builtWebFolder, isWebBuildStale } from "./web-build.ts";
export { findFreePort } from "./free-port.ts";
export { createHttpBrowser, type HttpBrowser, type PageRequest } from "./http-browser.ts";
