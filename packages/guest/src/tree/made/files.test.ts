import { describe, expect, it } from "vitest";
import { compileGrammar } from "./asn1.ts";
import { madeFile, madeOf } from "./files.ts";
import { objectIdTables } from "./object-ids.ts";
import { raid6Tables, unrolled } from "./raid6.ts";
import { flaskHeader, permissionsHeader } from "./selinux.ts";

const machine = (grammar: string): string[] => {
  const { source } = compileGrammar(grammar, "test", "test.asn1");
  return (/_machine\[\] = \{\n([^}]*)\}/.exec(source)?.[1] ?? "")
    .split(",\n\t")
    .map((one) => one.trim().replace(/,$/, ""));
};

describe("a grammar of ASN.1", () => {
  it("becomes a program: a sequence, with an action and what may be absent", () => {
    expect(machine("Key ::= SEQUENCE { n INTEGER ({ get_n }), e INTEGER OPTIONAL }")).toEqual([
      ...["ASN1_OP_MATCH", "_tag(UNIV, CONS, SEQ)"],
      ...["ASN1_OP_MATCH_ACT", "_tag(UNIV, PRIM, INT)", "_action(ACT_get_n)"],
      ...["ASN1_OP_MATCH_OR_SKIP", "_tag(UNIV, PRIM, INT)"],
      ...["ASN1_OP_END_SEQ", "ASN1_OP_COMPLETE"],
    ]);
  });

  it("has tags of its own, inside and instead of others", () => {
    expect(machine("A ::= CHOICE { x [0] IMPLICIT INTEGER, y [1] ANY }")).toEqual([
      ...["ASN1_OP_MATCH_OR_SKIP", "_tagn(CONT, PRIM, 0)"],
      ...["ASN1_OP_COND_MATCH_JUMP_OR_SKIP", "_tagn(CONT, CONS, 1)", "_jump_target(7)"],
      ...["ASN1_OP_COND_FAIL", "ASN1_OP_COMPLETE"],
      ...["ASN1_OP_MATCH_ANY", "ASN1_OP_END_SEQ", "ASN1_OP_RETURN"],
    ]);
  });

  it("repeats what a list is of", () => {
    expect(machine("L ::= SET OF OBJECT IDENTIFIER")).toEqual([
      ...["ASN1_OP_MATCH", "_tag(UNIV, CONS, SET)", "ASN1_OP_MATCH", "_tag(UNIV, PRIM, OID)"],
      ...["ASN1_OP_END_SET_OF", "_jump_target(2)", "ASN1_OP_COMPLETE"],
    ]);
  });

  it.each([
    ["A ::= SEQUENCE { b B }", /refers to B and does not define it/],
    ["A ::= SET { b INTEGER }", /no SET without OF/],
    ["A ::= SEQUENCE { b INTEGER", /"" is where "}" should be/],
    ["A ::= OCTET INTEGER", /"INTEGER" is where "STRING" should be/],
    ["A ::= ; INTEGER", /";" is no part of a grammar/],
    ["-- nothing", /it defines no type/],
  ])("%s is refused", (grammar, message) => {
    expect(() => machine(grammar)).toThrow(message);
  });
});

describe("tables of object identifiers", () => {
  const text = objectIdTables("enum OID {\n\tOID_a,\t/* 1.2.840.113549 */\n\tOID_b,\t/* 2.5.4.3 */\n\tOID__NR\n};\n");

  it("have the encodings one behind the other", () => {
    expect(text).toContain("oid_data[] = { 42, 134, 72, 134, 247, 13, 85, 4, 3 }");
    expect(text).toContain("[OID_b] = 6,\n\t[OID__NR] = 9");
  });

  it("are searched by hash", () => {
    const hashes = [...text.matchAll(/\{ (\d+), OID_/g)].map(([, hash]) => Number(hash));
    expect(hashes).toEqual([...hashes].sort((a, b) => a - b));
  });
});

describe("SELinux's headers", () => {
  const classMap =
    '#define BASE "read", \\\n "write"\n#define MORE BASE, "link"\n= {\n{ "file", { MORE, "open", NULL } },\n{ "rose_socket", { BASE, NULL } },\n{ NULL }\n};';

  it("number classes, and initial SIDs by their place", () => {
    const text = flaskHeader(classMap, 'x[] = {\n NULL, /* none */\n "kernel", /* kernel / K */\n NULL,\n "file",\n};');
    expect(text).toContain("#define SECCLASS_ROSE_SOCKET 2\n");
    expect(text).toContain("#define SECINITSID_FILE 3\n#define SECINITSID_NUM 3\n");
    expect(text).toContain("case SECCLASS_ROSE_SOCKET:");
    expect(text).not.toContain("case SECCLASS_FILE:");
  });

  it("number permissions by bits, those of macros as well", () => {
    const text = permissionsHeader(classMap);
    expect(text).toContain("#define FILE__LINK 0x4U\n#define FILE__OPEN 0x8U\n");
    expect(text).toContain("#define ROSE_SOCKET__WRITE 0x2U\n");
  });
});

describe("code and tables of RAID 6", () => {
  it("repeats lines, and counts", () => {
    expect(unrolled("int x$$ = $#;\nend $*", 2)).toBe("int x0 = 2;\nint x1 = 2;\nend $");
  });

  it("multiplies, and inverts", () => {
    const text = raid6Tables();
    const table = (name: string) =>
      (new RegExp(`raid6_${name}\\[256\\] __aligned\\(256\\) = \\{([^}]*)`).exec(text)?.[1] ?? "")
        .split(",")
        .map(Number);
    const [exp, log, inverse] = ["gfexp", "gflog", "gfinv"].map(table);
    expect(exp.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 0x1d]);
    for (let x = 1; x < 256; x++) {
      expect(exp[log[x]]).toBe(x);
      expect((log[x] + log[inverse[x]]) % 255).toBe(0);
    }
  });
});

describe("files that a build makes", () => {
  const source: Record<string, string> = { "a/key.asn1": "Key ::= NULL", "b/x.c_shipped": "int x;" };
  const read = (path: string) => (path in source ? new TextEncoder().encode(source[path]) : undefined);
  const text = (path: string) => new TextDecoder().decode(madeFile(path, read));

  it("come from a grammar", () => {
    expect(text("a/key.asn1.c")).toContain("const struct asn1_decoder key_decoder");
    expect(text("a/key.asn1.h")).toContain("extern const struct asn1_decoder key_decoder;");
    expect(madeOf("key.asn1")).toEqual(["key.asn1.c"]);
  });

  it("may come with the source under another name", () => {
    expect(text("b/x.c")).toBe("int x;");
    expect(madeOf("x.c_shipped")).toEqual(["x.c"]);
  });

  it("are only those that it can be made of", () => {
    expect(madeFile("a/other.asn1.c", read)).toBeUndefined();
    expect(madeFile("b/y.c", read)).toBeUndefined();
    expect(madeOf("y.c")).toEqual([]);
  });
});
