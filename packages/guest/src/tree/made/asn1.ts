/**
 * Compiles grammars of ASN.1 to the bytecode of the kernel's decoder (include/linux/asn1_ber_bytecode.h), as scripts/asn1_compiler.c of a
 * kernel does: `x509.asn1` becomes `x509.asn1.c` and `x509.asn1.h`.
 */
import { GuestError } from "../../error.ts";

/** Names of universal tags in include/linux/asn1.h, by the types that grammars use. Types of two words go by the first. */
const TAGS: Readonly<Record<string, string>> = {
  BOOLEAN: "BOOL",
  INTEGER: "INT",
  BIT: "BTS",
  OCTET: "OTS",
  NULL: "NULL",
  OBJECT: "OID",
  ObjectDescriptor: "ODE",
  EXTERNAL: "EXT",
  REAL: "REAL",
  ENUMERATED: "ENUM",
  UTF8String: "UTF8STR",
  SEQUENCE: "SEQ",
  SET: "SET",
  NumericString: "NUMSTR",
  PrintableString: "PRNSTR",
  T61String: "TEXSTR",
  TeletexString: "TEXSTR",
  VideotexString: "VIDSTR",
  IA5String: "IA5STR",
  UTCTime: "UNITIM",
  GeneralizedTime: "GENTIM",
  GraphicString: "GRASTR",
  VisibleString: "VISSTR",
  ISO646String: "VISSTR",
  GeneralString: "GENSTR",
  UniversalString: "UNISTR",
  BMPString: "BMPSTR",
};
const SECOND_WORDS: Readonly<Record<string, string>> = { BIT: "STRING", OCTET: "STRING", OBJECT: "IDENTIFIER" };
const CLASSES: Readonly<Record<string, string>> = { UNIVERSAL: "UNIV", APPLICATION: "APPL", PRIVATE: "PRIV" };

/** What is matched: its class, whether it is constructed, and the tag's number or name. */
interface Tag {
  readonly class: string;
  readonly constructed: boolean;
  readonly tag: string;
}

interface Element extends Tag {
  /** `tagged`: its tag comes before that of its only child; `implicit`: it stands for that of its only child. */
  readonly kind: "primitive" | "any" | "reference" | "choice" | "sequence" | "list" | "tagged" | "implicit";
  readonly children: readonly Element[];
  /** The type that a reference names. */
  readonly refers?: string;
  readonly action?: string;
  /** Whether it may be absent. */
  skippable: boolean;
  /** Whether it counts only if no alternative before it was there. */
  conditional: boolean;
}

interface Definition {
  readonly name: string;
  readonly element: Element;
}

const TOKEN = /--.*|(::=|\(\{|\}\)|[[\]{},]|[A-Za-z][\w-]*|\d+)|(\S)/g;

/** Reads a grammar, token by token. */
class Parser {
  private readonly path: string;
  private readonly tokens: string[];
  private at = 0;

  constructor(text: string, path: string) {
    this.path = path;
    this.tokens = [...text.matchAll(TOKEN)].flatMap(([, token, other]) => {
      if (other !== undefined) throw this.error(`"${other}" is no part of a grammar`);
      return token === undefined ? [] : [token];
    });
  }

  definitions(): Definition[] {
    const all: Definition[] = [];
    while (this.at < this.tokens.length) {
      const name = this.next();
      this.expect("::=");
      all.push({ name, element: this.type() });
    }
    if (all.length === 0) throw this.error("it defines no type");
    return all;
  }

  private type(): Element {
    const tag = this.tag();
    const how = this.take("IMPLICIT") ? "implicit" : this.take("EXPLICIT") || tag ? "tagged" : undefined;
    const inner = this.untagged();
    if (!tag) return inner;
    // The whole may be absent, not what is inside.
    const { skippable } = inner;
    inner.skippable = false;
    const kind = how === "implicit" ? how : "tagged";
    return { ...tag, constructed: kind === "tagged", kind, children: [inner], skippable, conditional: false };
  }

  private tag(): Pick<Tag, "class" | "tag"> | undefined {
    if (!this.take("[")) return undefined;
    const named = CLASSES[this.peek()];
    if (named) this.next();
    const tag = this.next();
    this.expect("]");
    return { class: named ?? "CONT", tag };
  }

  private untagged(): Element {
    const word = this.next();
    const what = this.content(word);
    const skippable = this.take("OPTIONAL") || this.take("DEFAULT");
    let action: string | undefined;
    if (this.take("({")) {
      action = this.next();
      this.expect("})");
    }
    return {
      class: "UNIV",
      constructed: word === "SEQUENCE" || word === "SET" || word === "EXTERNAL",
      tag: TAGS[word] ?? "",
      children: [],
      skippable,
      conditional: false,
      ...what,
      ...(action !== undefined && { action }),
    };
  }

  private content(word: string): Pick<Element, "kind"> & Partial<Element> {
    if (word === "ANY") return { kind: "any" };
    if (word === "CHOICE") return { kind: "choice", children: this.compound(true) };
    if (word === "SEQUENCE" || word === "SET") {
      if (this.take("OF")) return { kind: "list", children: [this.type()] };
      if (word === "SET") throw this.error("the kernel's decoder has no SET without OF");
      return { kind: "sequence", children: this.compound(false) };
    }
    if (TAGS[word] !== undefined) {
      if (SECOND_WORDS[word]) this.expect(SECOND_WORDS[word]);
      return { kind: "primitive" };
    }
    if (!/^[A-Z]/.test(word)) throw this.error(`"${word}" begins no type`);
    return { kind: "reference", refers: word };
  }

  private compound(alternatives: boolean): Element[] {
    this.expect("{");
    const children: Element[] = [];
    do {
      if (/^[a-z]/.test(this.peek())) this.next();
      const child = this.type();
      if (alternatives) {
        child.skippable = true;
        child.conditional = children.length > 0;
      }
      children.push(child);
    } while (this.take(","));
    this.expect("}");
    return children;
  }

  private peek(): string {
    return this.tokens[this.at] ?? "";
  }

  private next(): string {
    if (this.at >= this.tokens.length) throw this.error("it ends too early");
    return this.tokens[this.at++];
  }

  private take(token: string): boolean {
    if (this.peek() !== token) return false;
    this.at++;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.error(`"${this.peek()}" is where "${token}" should be`);
  }

  private error(what: string): GuestError {
    return new GuestError("BAD_INPUT", `${this.path}: a grammar of ASN.1 that is not understood: ${what}`);
  }
}

/** A byte of the program, in C; or a function that gives it when all places are known. */
type Code = string | (() => string);

/** Writes the program for the first of some definitions. */
class Coder {
  readonly code: Code[] = [];
  private readonly types: ReadonlyMap<string, Element>;
  private readonly path: string;
  /** Types that more than one element refers to: their code is shared. */
  private readonly shared: ReadonlySet<Element>;
  private readonly entries = new Map<Element, number>();
  private readonly waiting: Element[] = [];

  constructor(definitions: readonly Definition[], path: string) {
    this.path = path;
    this.types = new Map(definitions.map(({ name, element }) => [name, element]));
    const references = definitions.flatMap(({ element }) => [...referencesIn(element)]);
    const counts = new Map<string, number>();
    for (const name of references) counts.set(name, (counts.get(name) ?? 0) + 1);
    this.shared = new Set(definitions.filter(({ name }) => (counts.get(name) ?? 0) > 1).map(({ element }) => element));
    this.element(definitions[0].element, undefined);
    this.code.push("ASN1_OP_COMPLETE");
    for (let element = this.waiting.shift(); element; element = this.waiting.shift()) this.subroutine(element);
  }

  /** @param over - an element whose tag or conditions take the place of this one's */
  private element(element: Element, over: Element | undefined): void {
    const { kind, children, action } = element;
    if (kind === "implicit") return this.element(children[0], element);
    const skippable = element.skippable || (over?.skippable ?? false);
    const conditional = element.conditional || (over?.conditional ?? false);
    const compound = kind === "sequence" || kind === "list" || kind === "tagged";
    const apart = compound && (skippable || this.shared.has(element));
    const act = action !== undefined && !compound;
    const match = (any: string) =>
      `ASN1_OP_${conditional ? "COND_" : ""}MATCH${any}${act ? "_ACT" : ""}${apart ? "_JUMP" : ""}${skippable ? "_OR_SKIP" : ""}`;

    if (kind === "any") this.code.push(match("_ANY"));
    else if (kind === "primitive" || compound) this.code.push(match(""), tagCode(element, over));

    if (apart) {
      this.code.push(() => `_jump_target(${this.entries.get(element)})`);
      if (!this.entries.has(element)) this.waiting.push(element);
      this.entries.set(element, this.entries.get(element) ?? 0);
      return;
    }
    if (kind === "reference") {
      this.element(this.type(element.refers as string), over);
      if (action !== undefined) this.code.push(`ASN1_OP_${skippable ? "MAYBE_" : ""}ACT`);
    } else if (kind === "choice") {
      for (const child of children) this.element(child, child);
      if (!skippable) this.code.push("ASN1_OP_COND_FAIL");
      if (action !== undefined) this.code.push("ASN1_OP_ACT");
    } else if (compound) this.inside(element);
    if (action !== undefined) this.code.push(`_action(ACT_${action})`);
  }

  /** What is inside of a sequence or a list, and its end. */
  private inside({ kind, children, tag, action }: Element): void {
    const entry = this.code.length;
    for (const child of children) this.element(child, undefined);
    const what = kind === "list" ? `${tag}_OF` : "SEQ";
    this.code.push(`ASN1_OP_END_${what}${action === undefined ? "" : "_ACT"}`);
    if (kind === "list") this.code.push(`_jump_target(${entry})`);
  }

  private subroutine(element: Element): void {
    this.entries.set(element, this.code.length);
    this.inside(element);
    if (element.action !== undefined) this.code.push(`_action(ACT_${element.action})`);
    this.code.push("ASN1_OP_RETURN");
  }

  private type(name: string): Element {
    const element = this.types.get(name);
    if (!element)
      throw new GuestError("BAD_INPUT", `${this.path}: the grammar refers to ${name} and does not define it`);
    return element;
  }
}

function tagCode(element: Element, over: Element | undefined): string {
  const given = over && /^\d/.test(over.tag) ? over : element;
  const how = given.constructed || element.constructed ? "CONS" : "PRIM";
  return `${/^\d/.test(given.tag) ? "_tagn" : "_tag"}(${given.class}, ${how}, ${given.tag})`;
}

function* referencesIn({ refers, children }: Element): Generator<string> {
  if (refers !== undefined) yield refers;
  for (const child of children) yield* referencesIn(child);
}

function* actionsIn({ action, children }: Element): Generator<string> {
  if (action !== undefined) yield action;
  for (const child of children) yield* actionsIn(child);
}

/** The two files that a grammar becomes. */
export interface CompiledGrammar {
  readonly source: string;
  readonly header: string;
}

/**
 * Compiles a grammar.
 *
 * @param name - the file's name without `.asn1`, which the decoder's name begins with
 * @param path - the file, for messages
 * @throws {@link GuestError} `BAD_INPUT` for a grammar that the kernel's decoder cannot follow
 */
export function compileGrammar(text: string, name: string, path: string): CompiledGrammar {
  const definitions = new Parser(text, path).definitions();
  const actions = [...new Set(definitions.flatMap(({ element }) => [...actionsIn(element)]))].sort();
  const code = new Coder(definitions, path).code.map((one) => (typeof one === "string" ? one : one()));
  const lines = (texts: readonly string[]) => texts.map((one) => `\t${one},\n`).join("");
  const header = [
    "#include <linux/asn1_decoder.h>\n",
    `extern const struct asn1_decoder ${name}_decoder;\n`,
    ...actions.map((action) => `extern int ${action}(void *, size_t, unsigned char, const void *, size_t);\n`),
  ].join("");
  const source = [
    `#include <linux/asn1_ber_bytecode.h>\n#include "${name}.asn1.h"\n`,
    actions.length > 0 ? `enum { ${actions.map((action) => `ACT_${action}`).join(", ")} };\n` : "",
    `static const asn1_action_t ${name}_action_table[] = {\n${lines(actions)}};\n`,
    `static const unsigned char ${name}_machine[] = {\n${lines(code)}};\n`,
    `const struct asn1_decoder ${name}_decoder = {\n`,
    lines([`.machine = ${name}_machine`, `.machlen = sizeof(${name}_machine)`, `.actions = ${name}_action_table`]),
    "};\n",
  ].join("");
  return { source, header };
}
