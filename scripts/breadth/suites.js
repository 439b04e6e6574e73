/**
 * The kernel's own self tests, KUnit suites and test modules, and what each is expected to do.
 *
 * A suite is named by its test file. Files of the source that it needs are found by `kasan run --kernel-tree`, so only those are listed
 * here that no symbol leads to. Unless something else is said, a suite passes if it compiles, loads, returns 0, and provokes nothing.
 *
 * @typedef {object} Expected
 * @property {number} [passed] - KUnit cases that pass
 * @property {number} [skipped] - KUnit cases that skip themselves
 * @property {string[]} [failing] - KUnit cases that fail
 * @property {RegExp} [says] - a line of the log with the result
 * @property {number} [returns] - what the init function returns, if not 0
 * @property {number} [reports] - KASAN reports that no KUnit case provokes
 * @property {number} [warnings] - warnings, as of WARN()
 * @property {string} [why] - why it is expected to do something that looks like a failure
 *
 * @typedef {object} Needed
 * @property {string[]} [with] - more files of the source
 * @property {string} [module] - the module of a Makefile that it is part of, if other files of the kernel need what it has
 * @property {string[]} [builtin] - files of the source that are part of the kernel, and that no symbol leads to
 * @property {string[]} [include] - folders of the source with headers
 * @property {string[]} [config] - options for this suite alone, as lines of a `.config`: the source is compiled anew with them
 * @property {string[]} [define] - macros, for options that a configuration cannot set
 * @property {string[]} [params] - module parameters
 * @property {number} [cpus] - how many CPUs it needs, if one is not enough
 * @property {string} [memory] - how much memory it needs, if 64M are not enough
 * @property {number} [stay] - seconds of the machine's time until it is removed
 * @property {string[]} [boot] - parameters of the kernel's command line
 * @property {string} [call] - the function that runs, if there is no init function
 * @property {number} [autoFiles] - most files that are compiled in because others need them, if 40 are not enough
 * @property {number} [seconds] - how long the guest may run, if that is longer than usual
 * @property {boolean} [kunit] - its KUnit cases are in a file that it includes; a suite with KUnit cases must run one at least
 * @property {string} [skip] - why it is not run
 *
 * @typedef {Expected & Needed} Suite
 */

/** Many test modules do not want to stay loaded. */
const EAGAIN = -11;
const EINVAL = -22;

/** What boots a kernel's network: sockets and their file system, netlink, namespaces, the protocols of IPv4. */
const NETWORK_FILES = 400;

/** Btrfs, which runs its tests when it is loaded. They lock 256 MB of a file in memory. */
const BTRFS = {
  module: "fs/btrfs/Makefile:btrfs.ko",
  builtin: ["crc32c", "xxhash", "sha256", "blake2b"].map((name) => `crypto/${name}_generic.c`),
  autoFiles: 200,
  memory: "512M",
};

/** Security modules. */
const SECURITY = [
  "CONFIG_SECURITY=y",
  "CONFIG_SECURITYFS=y",
  "CONFIG_SECURITY_NETWORK=y",
  "CONFIG_SECURITY_PATH=y",
  "CONFIG_SECURITY_APPARMOR=y",
  "CONFIG_SECURITY_APPARMOR_KUNIT_TEST=y",
  "CONFIG_SECURITY_IPE=y",
  "CONFIG_SECURITY_IPE_KUNIT_TEST=y",
  "CONFIG_SECURITY_LANDLOCK=y",
  "CONFIG_SECURITY_LANDLOCK_KUNIT_TEST=y",
];

/** Algorithms in C, of each kind that is tested. */
const ALGORITHMS = [
  ...["aes_generic", "cbc", "ctr", "gcm", "ghash-generic", "sha1_generic", "sha256_generic", "sha512_generic", "md5"],
  ...["des_generic", "hmac", "cmac", "xts", "ecb", "chacha_generic", "poly1305_generic", "michael_mic", "rmd160"],
  ...["deflate", "lz4"],
].map((name) => `crypto/${name}.c`);

/** @type {Record<string, Suite>} */
export const SUITES = {
  "lib/atomic64_test.c": { says: /passed for x86-64/ },
  "lib/bitfield_kunit.c": { passed: 2 },
  "lib/checksum_kunit.c": { passed: 5 },
  "lib/cmdline_kunit.c": { passed: 4 },
  "lib/cpumask_kunit.c": { passed: 6 },
  "lib/crc32test.c": {},
  "lib/crypto/blake2s-selftest.c": { call: "blake2s_selftest", returns: 1, why: "it returns whether it passed" },
  "lib/crypto/chacha20poly1305-selftest.c": {
    call: "chacha20poly1305_selftest",
    returns: 1,
    why: "it returns whether it passed",
  },
  "lib/crypto/curve25519-selftest.c": {
    with: ["lib/crypto/curve25519-hacl64.c"],
    call: "curve25519_selftest",
    returns: 1,
    why: "it returns whether it passed",
  },
  "lib/dhry_run.c": { params: ["iterations=1000", "run=1"] },
  "lib/find_bit_benchmark.c": { returns: EINVAL, why: "it never stays loaded" },
  "lib/fortify_kunit.c": {},
  "lib/globtest.c": { says: /64 self-tests passed, 0 failed/ },
  "lib/hashtable_test.c": { passed: 9 },
  "lib/interval_tree_test.c": { returns: EAGAIN, says: /search/ },
  "lib/is_signed_type_kunit.c": { passed: 1 },
  "lib/kunit/assert_test.c": {},
  "lib/kunit/executor.c": { skip: "tests a part that the machine does in its own way" },
  "lib/kunit/kunit-example-test.c": { passed: 8, skipped: 2 },
  "lib/kunit/kunit-test.c": { passed: 22, skipped: 2 },
  "lib/kunit/platform-test.c": {},
  "lib/kunit/string-stream-test.c": { passed: 12 },
  "lib/kunit_iov_iter.c": {},
  "lib/list-test.c": { passed: 65 },
  "lib/locking-selftest.c": { call: "locking_selftest" },
  "lib/longest_symbol_kunit.c": {},
  "lib/math/rational-test.c": { passed: 1 },
  "lib/math/test_div64.c": { says: /Completed/ },
  "lib/math/test_mul_u64_u64_div_u64.c": {},
  "lib/math/tests/int_pow_kunit.c": { passed: 1 },
  "lib/math/prime_numbers.c": {},
  "lib/memcpy_kunit.c": { seconds: 900, passed: 6 },
  "lib/overflow_kunit.c": { passed: 22 },
  "lib/percpu_test.c": { returns: EAGAIN, says: /percpu test done/ },
  "lib/random32.c": {},
  "lib/rbtree_test.c": { returns: EAGAIN, says: /augmented rbtree testing/ },
  "lib/reed_solomon/test_rslib.c": {
    seconds: 1800,
    returns: -11,
    says: /rslib: test ok/,
    why: "its init function always fails, with -EAGAIN, so that it need not be unloaded",
  },
  "lib/siphash_kunit.c": { passed: 1 },
  "lib/slub_kunit.c": { passed: 5 },
  "lib/stackinit_kunit.c": { passed: 63, skipped: 2 },
  "lib/string_helpers_kunit.c": { passed: 3 },
  "lib/string_kunit.c": { passed: 20 },
  "lib/test-kstrtox.c": { returns: EINVAL, why: "it never stays loaded; failures are warnings" },
  "lib/test_bitmap.c": { says: /all \d+ tests passed/ },
  "lib/test_bitops.c": { says: /Completed bitops test/ },
  "lib/test_bits.c": { passed: 4 },
  "lib/test_blackhole_dev.c": { autoFiles: NETWORK_FILES },
  "lib/test_bpf.c": { seconds: 600, memory: "512M", says: /test_bpf: Summary: \d+ PASSED, 0 FAILED/ },
  "lib/test_debug_virtual.c": {},
  "lib/test_dynamic_debug.c": { define: ["DYNAMIC_DEBUG_MODULE"] },
  "lib/test_firmware.c": {},
  "lib/test_fprobe.c": { skip: "needs ftrace, which patches code" },
  "lib/test_fpu_impl.c": { with: ["lib/test_fpu_glue.c"] },
  "lib/test_free_pages.c": {},
  "lib/test_hash.c": { passed: 2 },
  "lib/test_hexdump.c": { says: /all 1184 tests passed/ },
  "lib/test_hmm.c": {},
  "lib/test_ida.c": {
    says: /IDA: (\d+) of \1 tests passed/,
    returns: EINVAL,
    warnings: 128,
    why: "it frees what is not allocated, on purpose, and never stays loaded",
  },
  "lib/test_kmod.c": {},
  "lib/test_kprobes.c": {},
  "lib/test_linear_ranges.c": { passed: 4 },
  "lib/test_list_sort.c": { passed: 1 },
  "lib/test_lockup.c": { returns: EAGAIN, why: "it never stays loaded" },
  "lib/test_maple_tree.c": { seconds: 300 },
  "lib/test_memcat_p.c": { says: /test passed/ },
  "lib/test_meminit.c": { seconds: 300, boot: ["init_on_alloc=1"], says: /all \d+ tests passed!/ },
  "lib/test_min_heap.c": { says: /test passed/ },
  "lib/test_module.c": {},
  "lib/test_objagg.c": {},
  "lib/test_objpool.c": { returns: EAGAIN, cpus: 2, seconds: 300 },
  "lib/test_parman.c": {},
  "lib/test_printf.c": { with: ["lib/vsprintf.c"], says: /all \d+ tests passed/ },
  "lib/test_ref_tracker.c": { warnings: 2, why: "it frees twice, and leaves two references, on purpose" },
  "lib/test_rhashtable.c": { seconds: 300 },
  "lib/test_scanf.c": { says: /all \d+ tests passed/ },
  "lib/test_sort.c": { passed: 1 },
  "lib/test_static_keys.c": { with: ["lib/test_static_key_base.c"] },
  "lib/test_sysctl.c": {},
  "lib/test_ubsan.c": {},
  "lib/test_uuid.c": { says: /all 18 tests passed/ },
  "lib/test_vmalloc.c": { seconds: 300, returns: EAGAIN },
  "lib/test_xarray.c": { seconds: 300, says: /XArray: (\d+) of \1 tests passed/ },
  "lib/usercopy_kunit.c": { passed: 4 },
  "lib/xz/xz_dec_test.c": {},
  "mm/dmapool_test.c": {},
  "mm/gup_test.c": {},
  "mm/kasan/kasan_test_c.c": { passed: 62, skipped: 10 },
  "mm/kasan/kasan_test_module.c": {
    returns: EAGAIN,
    reports: 5,
    warnings: 2,
    why: "it provokes reports; copy_from_user() and copy_to_user() know the buffer's size, warn, and copy nothing (check_copy_size)",
  },
  "mm/kfence/kfence_test.c": { skip: "tests KFENCE, which the machine has not" },
  "mm/kmsan/kmsan_test.c": { skip: "tests KMSAN, another sanitizer" },
  "mm/rodata_test.c": { call: "rodata_test" },
  "mm/debug_vm_pgtable.c": {},
  "mm/memtest.c": { skip: "tests physical memory before the kernel has it" },
  "mm/damon/core.c": { with: ["mm/damon/vaddr.c"], kunit: true },
  "mm/damon/vaddr.c": { kunit: true },
  "mm/damon/sysfs.c": { kunit: true, passed: 1 },
  "crypto/testmgr.c": {
    // It is part of the kernel, and tests each algorithm that is registered, in a thread. A test that fails is a warning.
    with: ALGORITHMS,
    builtin: ["crypto/algboss.c", "crypto/testmgr.c"],
    config: ["# CONFIG_CRYPTO_MANAGER_DISABLE_TESTS is not set"],
    autoFiles: 120,
    stay: 20,
  },
  "crypto/tcrypt.c": { returns: EAGAIN },
  "crypto/jitterentropy-testing.c": { skip: "is a debugfs interface, with nothing that runs" },
  "crypto/asymmetric_keys/selftest.c": {
    with: ["crypto/algboss.c", "crypto/rsa.c", "crypto/rsa-pkcs1pad.c", "crypto/sha256_generic.c"],
    module: "crypto/asymmetric_keys/Makefile:x509_selftest.ko",
    autoFiles: 60,
    says: /Loaded X\.509 cert 'Certificate verification self-testing key/,
  },
  "crypto/async_tx/raid6test.c": { seconds: 600 },
  "fs/bcachefs/mean_and_variance_test.c": {},
  "fs/ext4/inode-test.c": {},
  "fs/ext4/mballoc.c": { module: "fs/ext4/Makefile:ext4.ko", autoFiles: 200, kunit: true, passed: 7 },
  "fs/fat/fat_test.c": {},
  "fs/binfmt_elf.c": { kunit: true },
  "fs/exec.c": { kunit: true },
  "fs/unicode/utf8-selftest.c": { with: ["fs/unicode/utf8data.c_shipped"], include: ["fs/unicode"] },
  "fs/xfs/xfs_dahash_test.c": { call: "xfs_dahash_test" },
  "fs/btrfs/tests/free-space-tests.c": { ...BTRFS, says: /running bytes index tests/ },
  "fs/btrfs/tests/extent-buffer-tests.c": { ...BTRFS, says: /running btrfs_split_item tests/ },
  "net/bluetooth/selftest.c": {
    builtin: ["crypto/algboss.c", "crypto/aes_generic.c", "crypto/cmac.c", "crypto/ecdh.c"],
    says: /SMP test passed/,
  },
  "net/core/dev_addr_lists_test.c": { autoFiles: NETWORK_FILES, passed: 6 },
  "net/core/net_test.c": {},
  "net/core/selftests.c": { skip: "needs a network device" },
  "net/handshake/handshake-test.c": { autoFiles: NETWORK_FILES },
  "net/mac80211/tests/elems.c": {},
  "net/mac80211/tests/mfp.c": {},
  "net/mac80211/tests/tpe.c": {},
  "net/wireless/tests/fragmentation.c": {},
  "net/wireless/tests/scan.c": { with: ["net/wireless/tests/util.c"] },
  "net/wireless/tests/chan.c": { with: ["net/wireless/tests/util.c"] },
  "net/mctp/route.c": {
    kunit: true,
    module: "net/mctp/Makefile:mctp.ko",
    with: ["net/mctp/test/utils.c"],
    autoFiles: NETWORK_FILES,
  },
  "net/mptcp/crypto_test.c": {},
  "net/mptcp/token_test.c": { autoFiles: NETWORK_FILES },
  "net/sunrpc/auth_gss/gss_krb5_test.c": {
    with: [
      ...["crypto/algboss.c", "crypto/aes_generic.c", "crypto/camellia_generic.c", "crypto/cbc.c", "crypto/cmac.c"],
      ...["crypto/cts.c", "crypto/ecb.c", "crypto/hmac.c", "crypto/sha1_generic.c", "crypto/sha256_generic.c"],
      "crypto/sha512_generic.c",
    ],
    passed: 9,
    skipped: 0,
  },
  "drivers/base/power/qos-test.c": {},
  "drivers/base/regmap/regmap-kunit.c": {},
  "drivers/base/test/platform-device-test.c": {},
  "drivers/base/test/property-entry-test.c": {},
  "drivers/base/test/root-device-test.c": {},
  "drivers/base/test/test_async_driver_probe.c": {},
  "drivers/hid/hid-input.c": { kunit: true },
  "drivers/hid/hid-uclogic-rdesc-test.c": {},
  "kernel/backtracetest.c": {},
  "kernel/events/hw_breakpoint_test.c": {},
  "kernel/kallsyms_selftest.c": {},
  "kernel/kcsan/kcsan_test.c": { skip: "tests KCSAN, another sanitizer" },
  "kernel/kcsan/selftest.c": { skip: "tests KCSAN, another sanitizer" },
  "kernel/locking/locktorture.c": { stay: 20, says: /End of test: SUCCESS/ },
  "kernel/locking/test-ww_mutex.c": { seconds: 300 },
  "kernel/power/suspend_test.c": {
    define: ["CONFIG_SUSPEND=1", "CONFIG_PM_TEST_SUSPEND=1"],
    why: "it only tests what test_suspend= on the kernel's command line names",
  },
  "kernel/rcu/rcutorture.c": { stay: 20, says: /End of test: SUCCESS/ },
  "kernel/rcu/rcuscale.c": { stay: 20 },
  "kernel/rcu/refscale.c": { cpus: 4, stay: 20 },
  "kernel/torture.c": { skip: "is what the torture tests share, with nothing that runs" },
  "kernel/scftorture.c": { stay: 20 },
  "kernel/resource_kunit.c": {},
  "kernel/sysctl-test.c": {},
  "kernel/time/clocksource-wdtest.c": {},
  "kernel/time/test_udelay.c": {},
  "kernel/time/time_test.c": {},
  "kernel/trace/kprobe_event_gen_test.c": {},
  "kernel/trace/preemptirq_delay_test.c": {},
  "kernel/trace/ring_buffer_benchmark.c": {},
  "kernel/trace/synth_event_gen_test.c": {},
  "kernel/trace/trace_benchmark.c": {},
  "kernel/dma/map_benchmark.c": {},
  "security/apparmor/policy_unpack_test.c": { config: SECURITY, passed: 30 },
  "security/ipe/policy_tests.c": {
    config: SECURITY,
    failing: ["ipe_parser_widestring_test"],
    why: "ipe_new_policy() duplicates a policy up to its first NUL and reads as far as its length: a bug of 6.12, which KASAN finds",
  },
  "security/landlock/fs.c": { config: SECURITY, passed: 7 },
  "sound/core/sound_kunit.c": {},
  "sound/soc/codecs/cs-amp-lib-test.c": {},
  "sound/soc/soc-card-test.c": { autoFiles: 80 },
  "sound/soc/soc-topology-test.c": { autoFiles: 80 },
  "sound/soc/soc-utils-test.c": {},
  "samples/kmemleak/kmemleak-test.c": {},
};
