export { type Groupable, groupReports } from "./group.ts";
export {
  FINGERPRINT_VERSION,
  fingerprintOf,
  likeness,
  plainName,
  type Signature,
  type SignatureObject,
  signatureOf,
} from "./signature.ts";
