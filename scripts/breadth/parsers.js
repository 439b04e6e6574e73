/** Where readers of partition tables, and file systems, get their bytes from. */
const SECTORS = { read_part_sector: "read_part_sector.c" };
const BLOCKS = { __bread_gfp: "bread.c" };

/** Where SELinux's files find their headers. */
const SELINUX = ["security/selinux", "security/selinux/include"];

/**
 * Files outside lib/ and tests that parse bytes or compute: what one would want to feed with odd input.
 *
 * By file; with the module in parsers/ that calls it, for those that have one. The others are only compiled and loaded.
 * `with`: files of the source that are needed and that nothing names; `include`: folders of the source with headers that the module needs;
 * `pulled`: whether the file is not named, but part of the module, which includes it, or compiled in because the module calls it: as much
 * of it as is called; `replace`: functions, each with the file in parsers/ that has another definition.
 *
 * @typedef {object} Parser
 * @property {string} [harness]
 * @property {string} [skip] - why it is not loaded
 * @property {string[]} [with]
 * @property {string[]} [include]
 * @property {boolean} [pulled]
 * @property {number} [warnings] - how many a kernel prints as well
 * @property {Record<string, string>} [replace]
 */

/** @type {Record<string, Parser>} */
export const PARSERS = {
  "lib/asn1_decoder.c": { harness: "asn1_decoder.c" },
  "crypto/asymmetric_keys/x509_cert_parser.c": { harness: "x509_cert.c" },
  "crypto/asymmetric_keys/pkcs7_parser.c": { harness: "pkcs7.c" },
  "crypto/asymmetric_keys/verify_pefile.c": { harness: "pefile.c" },
  "fs/isofs/rock.c": { harness: "isofs_rock.c", replace: BLOCKS },
  "fs/isofs/util.c": { harness: "isofs_util.c" },
  "fs/isofs/joliet.c": { harness: "isofs_joliet.c" },
  "block/partitions/msdos.c": { harness: "msdos.c", replace: SECTORS },
  "block/partitions/efi.c": { harness: "efi.c", replace: SECTORS },
  "block/partitions/ldm.c": { harness: "ldm.c", replace: SECTORS },
  "block/partitions/cmdline.c": { harness: "cmdline_partition.c", pulled: true },
  "block/partitions/mac.c": { harness: "mac.c", replace: SECTORS },
  "drivers/hid/hid-core.c": { harness: "hid_core.c", pulled: true },
  "drivers/hid/hid-uclogic-rdesc.c": { harness: "uclogic_rdesc.c" },
  "net/wireless/util.c": { harness: "cfg80211_util.c", pulled: true },
  "net/mac80211/parse.c": { harness: "mac80211_parse.c", pulled: true },
  "net/mac80211/wpa.c": { harness: "mac80211_wpa.c", pulled: true },
  "lib/nlattr.c": { harness: "nlattr.c" },
  "security/keys/trusted-keys/trusted_tpm1.c": {
    harness: "tpm1.c",
    pulled: true,
    with: ["crypto/algboss.c", "crypto/hmac.c", "crypto/sha1_generic.c"],
  },
  "security/keys/keyctl.c": {},
  "net/bluetooth/eir.c": { harness: "eir.c" },
  "net/bluetooth/hci_event.c": { harness: "hci_event.c" },
  "net/bluetooth/l2cap_core.c": { harness: "l2cap.c" },
  "fs/ntfs3/run.c": { harness: "ntfs_run.c" },
  "fs/ntfs3/lznt.c": { harness: "lznt.c" },
  "fs/ntfs3/bitmap.c": { harness: "ntfs_bitmap.c" },
  "fs/befs/btree.c": { harness: "befs_btree.c", replace: BLOCKS },
  "fs/befs/datastream.c": { harness: "befs_datastream.c", replace: BLOCKS },
  "fs/romfs/super.c": {},
  "fs/romfs/storage.c": { harness: "romfs_storage.c", replace: BLOCKS },
  "fs/hfsplus/unicode.c": { harness: "hfsplus_unicode.c", with: ["fs/nls/nls_utf8.c"] },
  "fs/hfs/trans.c": { harness: "hfs_trans.c", with: ["fs/nls/nls_utf8.c"] },
  "fs/cramfs/uncompress.c": { harness: "cramfs_uncompress.c" },
  "fs/squashfs/xattr.c": {},
  "fs/udf/unicode.c": { harness: "udf_unicode.c" },
  "fs/unicode/utf8-core.c": { harness: "utf8.c" },
  "fs/fat/namei_vfat.c": { harness: "vfat.c", pulled: true, with: ["fs/nls/nls_iso8859-1.c"] },
  "fs/jfs/jfs_unicode.c": { harness: "jfs_unicode.c", with: ["fs/nls/nls_utf8.c"] },
  "fs/ext4/hash.c": { harness: "ext4_hash.c" },
  "drivers/usb/core/config.c": { harness: "usb_config.c", pulled: true },
  "drivers/of/fdt.c": { harness: "fdt.c" },
  "drivers/firmware/dmi_scan.c": { harness: "dmi_scan.c", pulled: true },
  "drivers/mtd/parsers/cmdlinepart.c": { harness: "mtd_cmdline.c", pulled: true },
  "drivers/gpu/drm/drm_edid.c": { harness: "drm_edid.c" },
  "net/core/flow_dissector.c": { harness: "flow_dissector.c" },
  "net/netlink/policy.c": { harness: "netlink_policy.c" },
  "net/ceph/decode.c": { harness: "ceph_decode.c" },
  "net/ceph/osdmap.c": { harness: "ceph_osdmap.c" },
  "net/tipc/addr.c": { harness: "tipc_addr.c", pulled: true },
  "net/sctp/sm_make_chunk.c": { harness: "sctp_init.c" },
  "net/dns_resolver/dns_query.c": {},
  "net/rxrpc/rtt.c": { harness: "rxrpc_rtt.c" },
  "net/netfilter/nf_conntrack_h323_asn1.c": { harness: "h323.c" },
  "net/netfilter/xt_bpf.c": { harness: "xt_bpf.c", pulled: true },
  "sound/core/pcm_misc.c": { harness: "pcm_misc.c" },
  "sound/core/pcm_lib.c": { harness: "pcm_lib.c" },
  "sound/core/control.c": { harness: "snd_control.c" },
  "sound/usb/validate.c": { harness: "usb_audio_validate.c" },
  "kernel/params.c": { harness: "params.c" },
  "kernel/auditfilter.c": { skip: "CONFIG_AUDIT: the machine keeps no records of system calls" },
  "kernel/bpf/core.c": { harness: "bpf_core.c" },
  "kernel/bpf/tnum.c": { harness: "tnum.c" },
  "kernel/time/timeconv.c": { harness: "timeconv.c" },
  "kernel/range.c": { harness: "range.c" },
  "mm/shuffle.c": { harness: "shuffle.c" },
  "mm/list_lru.c": { harness: "list_lru.c" },
  "mm/mempool.c": { harness: "mempool.c" },
  "security/apparmor/match.c": { harness: "apparmor_match.c" },
  // policydb_index() asks for as many entries as the policy says: kvmalloc() warns of more than 2 GiB.
  "security/selinux/ss/policydb.c": { harness: "policydb.c", include: SELINUX, warnings: 1 },
  "security/selinux/ss/ebitmap.c": { harness: "ebitmap.c", pulled: true, include: SELINUX },
  "security/smack/smack_access.c": { skip: "CONFIG_SECURITY is off in the configuration that all sets have" },
};
