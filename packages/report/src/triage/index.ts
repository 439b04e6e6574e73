export { type Groupable, groupReports, isSameBug } from "./group.ts";
export { FINGERPRINT_VERSION, fingerprintOf, likeness, plainName, type Signature, signatureOf } from "./signature.ts";
