export { type Groupable, groupReports, isSameBug } from "./group.ts";
export {
  FINGERPRINT_VERSION,
  fingerprintOf,
  likeness,
  plainName,
  type Signature,
  type SignatureObject,
  signatureOf,
} from "./signature.ts";
