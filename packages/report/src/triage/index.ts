export {
  type Grouping,
  type GroupingDecision,
  type GroupMember,
  groupReports,
  type Joined,
  type KeptApart,
} from "./group.ts";
export { identityOf } from "./identity.ts";
export type { Groupable, GroupingRule } from "./rules.ts";
export {
  COMPARED_FUNCTIONS,
  FINGERPRINT_VERSION,
  fingerprintOf,
  likeness,
  plainName,
  type Signature,
  type SignatureObject,
  signatureOf,
} from "./signature.ts";
export { whyGrouped, whyJoined } from "./why.ts";
