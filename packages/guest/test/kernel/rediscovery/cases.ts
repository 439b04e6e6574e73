import { kernelFile } from "../source.ts";

/** A bug that the kernel once had, in a file of its source that has it no more. */
export interface Rediscovery {
  /** The file, from the top of the source. */
  readonly file: string;
  /** The commit that mended it, and how. */
  readonly fix: string;
  /** Texts of the file, each of which is there once, and what stood there before the fix. */
  readonly undo: readonly (readonly [now: string, before: string])[];
  /** The target. */
  readonly target: string;
  /** Whether the target includes the file, so that its init function is not the module's. */
  readonly included?: boolean;
  /** The most files that are compiled in because it needs them; none by default, as far as an input comes. */
  readonly pulled?: number;
  /** Folders of the source where it and the file look for headers. */
  readonly includes?: readonly string[];
  /** What is reported: the kind of bug, and the function. */
  readonly bug: RegExp;
  /** The shortest input that leads to it. */
  readonly smallest: Uint8Array;
  /** The most inputs that may be tried. */
  readonly executions: number;
  /** Whether it is found where time is short. */
  readonly quick?: boolean;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const HEADERS = "#include <linux/kfuzztest.h>\n#include <linux/slab.h>\n#include <linux/string.h>\n";

/** Bugs that a fuzzer has to find again, by name. */
export const REDISCOVERIES: Readonly<Record<string, Rediscovery>> = {
  "ranges of get_options()": {
    file: "lib/cmdline.c",
    fix: "a91e0f680bcd (4.12) ends a range where the caller's array does",
    undo: [["for (x = *pint; n && x < upper_range; x++, n--)", "for (x = *pint; x < upper_range; x++)"]],
    target: `${HEADERS}#include <linux/kernel.h>
      FUZZ_TEST_SIMPLE(options)
      {
        int numbers[8];
        char *text = kmemdup_nul(data, datalen, GFP_KERNEL);
        get_options(text, ARRAY_SIZE(numbers), numbers);
        kfree(text);
        return numbers[0];
      }`,
    bug: /stack-out-of-bounds in get_options/,
    smallest: bytes("0-9"),
    executions: 20_000,
    quick: true,
  },
  "quotes of next_arg()": {
    file: "lib/cmdline.c",
    fix: "9847f21225c4 (6.1) looks for a closing quote only in an argument that is not empty",
    undo: [["if (quoted && i > 0 && args[i-1] == '\"')", "if (quoted && args[i-1] == '\"')"]],
    target: `${HEADERS}#include <linux/kernel.h>
      FUZZ_TEST_SIMPLE(arguments)
      {
        char *text = kmemdup_nul(data, datalen, GFP_KERNEL), *next = text, *name, *value;
        while (*next)
          next = next_arg(next, &name, &value);
        kfree(text);
        return 0;
      }`,
    bug: /page fault.* in next_arg/,
    smallest: bytes('"'),
    executions: 20_000,
    quick: true,
  },
  "the last bytes of mpi_read_raw_from_sgl()": {
    file: "lib/crypto/mpi/mpicoder.c",
    fix: "85d541a3d14a (4.8) reads no more bytes than there are, to fill up a limb",
    undo: [
      [
        "nbytes -= len;\n\n\t\tfor (x = 0;",
        "nbytes -= len;\n\t\tif (nbytes == 0 && len % BYTES_PER_MPI_LIMB)\n\t\t\tlen += BYTES_PER_MPI_LIMB - len % BYTES_PER_MPI_LIMB;\n\n\t\tfor (x = 0;",
      ],
    ],
    target: `${HEADERS}#include <linux/mpi.h>
      #include <linux/scatterlist.h>
      FUZZ_TEST_SIMPLE(sgl)
      {
        struct scatterlist list;
        MPI number;
        if (datalen == 0)
          return 0;
        sg_init_one(&list, data, datalen);
        number = mpi_read_raw_from_sgl(&list, datalen);
        mpi_free(number);
        return 0;
      }`,
    includes: ["lib/crypto/mpi"],
    bug: /slab-out-of-bounds in mpi_read_raw_from_sgl/,
    smallest: bytes("\x01"),
    executions: 20_000,
  },
  "elements of indefinite length in ASN.1": {
    file: "lib/asn1_decoder.c",
    fix: "23c8a812dc3c (4.6, CVE-2016-0758) compares an element's length with what is left",
    undo: [["check_length:\n\tif (len > datalen - dp)\n\t\tgoto data_overrun_error;\n", "check_length:\n"]],
    target: `${HEADERS}#include <linux/asn1_ber_bytecode.h>
      #include <linux/asn1_decoder.h>
      #include <linux/asn1.h>
      /* A sequence of an integer and of anything. */
      static const unsigned char machine[] = {
        ASN1_OP_MATCH, _tag(UNIV, CONS, SEQ),
        ASN1_OP_MATCH, _tag(UNIV, PRIM, INT),
        ASN1_OP_MATCH_ANY,
        ASN1_OP_END_SEQ,
        ASN1_OP_COMPLETE,
      };
      static const struct asn1_decoder grammar = { .machine = machine, .machlen = sizeof(machine) };
      FUZZ_TEST_SIMPLE(asn1)
      {
        return asn1_ber_decoder(&grammar, NULL, data, datalen);
      }`,
    bug: /(slab-.*|page fault.*|null-ptr-deref|wild-memory-access) in asn1_(ber_decoder|find_indefinite_length)/,
    smallest: bytes("\x30\x80\x02\x00\x30\x80\x04\x05"),
    executions: 100_000,
    quick: true,
  },
  "the end of LZ4's partial data": {
    file: "lib/lz4/lz4_decompress.c",
    fix: "eafc0a02391b (5.18) ends where no offset can follow",
    undo: [["if (!partialDecoding || (cpy == oend) || (ip >= (iend - 2)))", "if (!partialDecoding || (cpy == oend))"]],
    target: `${HEADERS}#include <linux/lz4.h>
      FUZZ_TEST_SIMPLE(lz4)
      {
        char *out = kmalloc(64, GFP_KERNEL);
        LZ4_decompress_safe_partial(data, out, datalen, 64, 64);
        kfree(out);
        return 0;
      }`,
    includes: ["lib/lz4"],
    bug: /slab-out-of-bounds in LZ4_decompress_/,
    smallest: bytes("\0"),
    executions: 20_000,
  },
  "the month of a certificate": {
    file: "crypto/asymmetric_keys/x509_cert_parser.c",
    fix: "cc25b994acfb (4.4, CVE-2015-5327) looks at the month before it is an index",
    undo: [["if (year < 1970 ||\n\t    mon < 1 || mon > 12)", "if (year < 1970)"]],
    target: `${HEADERS}#include <linux/asn1.h>
      #include "x509_parser.h"
      FUZZ_TEST_SIMPLE(time)
      {
        time64_t time;
        return x509_decode_time(&time, 0, ASN1_UNITIM, data, datalen);
      }`,
    includes: ["crypto/asymmetric_keys"],
    bug: /(global-out-of-bounds|user-memory-access) in x509_decode_time/,
    smallest: bytes("001300000000Z"),
    executions: 100_000,
  },
  "functional descriptors of USB's CDC": {
    file: "drivers/usb/core/message.c",
    fix: "2e1c42391ff2 (4.14, CVE-2017-16534) compares a descriptor's length with what is left",
    undo: [
      [
        'if ((buflen < elength) || (elength < 3)) {\n\t\t\tdev_err(&intf->dev, "invalid descriptor buffer length\\n");\n\t\t\tbreak;\n\t\t}\n',
        "",
      ],
    ],
    target: `${HEADERS}#include <linux/usb.h>
      #include <linux/usb/cdc.h>
      static struct usb_interface interface;
      FUZZ_TEST_SIMPLE(cdc)
      {
        struct usb_cdc_parsed_header header;
        cdc_parse_cdc_header(&header, &interface, data, datalen);
        return 0;
      }`,
    includes: ["drivers/usb/core"],
    bug: /slab-.* in cdc_parse_cdc_header/,
    smallest: bytes("\x02"),
    executions: 20_000,
  },
  "numbers of HID's reports": {
    file: "drivers/hid/hid-core.c",
    fix: "43622021d2e2 (3.12, CVE-2013-2888) refuses a number that the table of reports has not",
    undo: [
      [
        "parser->global.report_id == 0 ||\n\t\t    parser->global.report_id >= HID_MAX_IDS",
        "parser->global.report_id == 0",
      ],
      ["if (id >= HID_MAX_IDS)\n\t\treturn NULL;\n\tif (report_enum", "if (report_enum"],
    ],
    included: true,
    pulled: 40,
    target: `${HEADERS}#include <linux/err.h>
      #include <linux/module.h>
      #undef module_init
      #define module_init(function) static int (*const start)(void) __maybe_unused = function;
      #undef module_exit
      #define module_exit(function) static void (*const stop)(void) __maybe_unused = function;
      #include "hid-core.c"
      static const struct hid_ll_driver transport;
      static struct hid_driver driver;
      FUZZ_TEST_SIMPLE(hid)
      {
        struct hid_device *hid = hid_allocate_device();
        if (IS_ERR(hid))
          return PTR_ERR(hid);
        hid->ll_driver = &transport;
        hid->driver = &driver;
        hid->dev_rdesc = data;
        hid->dev_rsize = datalen;
        return hid_open_report(hid);
      }`,
    includes: ["drivers/hid"],
    bug: /(slab-.*|page fault.*|wild-memory-access|user-memory-access) in hid_(register_report|add_field|parser_main)/,
    smallest: bytes("\x86\xff\xff\x80"),
    executions: 200_000,
  },
  "extension records of Rock Ridge": {
    file: "fs/isofs/rock.c",
    fix: "4e2024624e67 (3.19, CVE-2014-9584) compares the length of a name with that of its record",
    undo: [["if (rr->u.ER.len_id + offsetof(struct rock_ridge, u.ER.data) > rr->len)\n\t\t\t\tgoto out;\n", ""]],
    target: `${HEADERS}#include "isofs.h"
      static struct isofs_sb_info volume;
      static struct super_block superblock;
      static struct iso_inode_info file;
      FUZZ_TEST_SIMPLE(rock)
      {
        struct iso_directory_record *record = (struct iso_directory_record *)data;
        if (datalen < sizeof(*record) || datalen > 255 || datalen < sizeof(*record) + record->name_len[0])
          return -EINVAL;
        record->length[0] = datalen;
        volume.s_rock = 1;
        volume.s_rock_offset = -1;
        superblock.s_fs_info = &volume;
        file.vfs_inode.i_sb = &superblock;
        return parse_rock_ridge_inode(record, &file.vfs_inode, 0);
      }`,
    includes: ["fs/isofs"],
    bug: /slab-out-of-bounds in parse_rock_ridge_inode/,
    smallest: Buffer.from(`2a${"00".repeat(33)}4552080001000000`, "hex"),
    executions: 300_000,
  },
  "OSF's disk labels": {
    file: "block/partitions/osf.c",
    fix: "1eafbfeb7bdf (2.6.38, CVE-2011-1163) refuses more partitions than a label has",
    undo: [["if (npartitions > MAX_OSF_PARTITIONS) {\n\t\tput_dev_sector(sect);\n\t\treturn 0;\n\t}\n", ""]],
    target: `${HEADERS}#include "check.h"
      static char *disk;
      static size_t length;
      void *read_part_sector(struct parsed_partitions *state, sector_t n, Sector *sector)
      {
        char *bytes = kzalloc(512, GFP_KERNEL);
        if (n == 0)
          memcpy(bytes, disk, min(length, 512UL));
        sector->v = virt_to_folio(bytes);
        folio_get(sector->v);
        return bytes;
      }
      FUZZ_TEST_SIMPLE(osf)
      {
        struct parsed_partitions *state = kzalloc(sizeof(*state), GFP_KERNEL);
        disk = data;
        length = datalen;
        state->limit = 64;
        state->parts = kcalloc(state->limit, sizeof(*state->parts), GFP_KERNEL);
        state->pp_buf = kzalloc(PAGE_SIZE, GFP_KERNEL);
        return osf_partition(state);
      }`,
    includes: ["block/partitions"],
    bug: /slab-.* in osf_partition/,
    smallest: Buffer.concat([
      new Uint8Array(64),
      Buffer.from("57455682", "hex"),
      new Uint8Array(128),
      Buffer.from("57455682", "hex"),
      Buffer.from("0000ff", "hex"),
    ]),
    executions: 500_000,
  },
};

/** The folders of a case where headers are looked for. */
export const includesOf = ({ includes = [] }: Rediscovery): string[] => includes.map(kernelFile);
