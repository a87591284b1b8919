export { createUpload, type UploadProgress } from "./upload.ts";
