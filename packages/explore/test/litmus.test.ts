import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExploreError, litmusText, parseLitmus, runLitmus, witnessText } from "../src/index.ts";

const MP = (writer: string, reader: string) => `AArch64 MP
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }
 P0          | P1          ;
 MOV W0,#1   | LDR W0,[X1] ;
 STR W0,[X1] | ${reader} ;
 ${writer}   | LDR W2,[X3] ;
 STR W0,[X3] | ;
exists (1:X0=1 /\\ 1:X2=0)
`;

const observation = (text: string) => runLitmus(parseLitmus(text)).observation;

describe("the order of AArch64", () => {
  it.each([
    ["NOP", "NOP", "Sometimes"],
    ["DMB ST", "NOP", "Sometimes"],
    ["NOP", "DMB LD", "Sometimes"],
    ["DMB ST", "DMB LD", "Never"],
    ["DMB SY", "ISB", "Sometimes"],
    ["DMB LD", "DMB LD", "Sometimes"],
    ["DSB SY", "DSB LD", "Never"],
  ])("message passing with %s and %s: %s", (writer, reader, expected) => {
    expect(observation(MP(writer, reader))).toBe(expected);
  });

  it("keeps address, data and control dependencies", () => {
    const text = (reader: string, address: string) => `AArch64 MP+dep
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }
 P0          | P1          ;
 MOV W0,#1   | LDR W0,[X1] ;
 STR W0,[X1] | ${reader}   ;
 DMB SY      | LDR W2,${address} ;
 STR W0,[X3] | ;
exists (1:X0=1 /\\ 1:X2=0)
`;
    expect(observation(text("EOR W4,W0,W0", "[X3,W4,SXTW]"))).toBe("Never");
    expect(observation(text("CBZ W0,LC00 | ; | LC00:", "[X3]"))).toBe("Sometimes");
    expect(observation(text("CBZ W0,LC00 | ; | LC00: | ; | ISB", "[X3]"))).toBe("Never");
    const lb = (first: string, stored: string) => `AArch64 LB
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }
 P0          | P1          ;
 LDR W0,[X1] | LDR W0,[X1] ;
 ${first}    | ${first}    ;
 STR ${stored},[X3] | STR ${stored},[X3] ;
exists (0:X0=1 /\\ 1:X0=1)
`;
    expect(observation(lb("MOV W2,#1", "W2"))).toBe("Sometimes");
    expect(observation(lb("EOR W2,W0,W0 | EOR W2,W0,W0 ; ADD W2,W2,#1", "W2"))).toBe("Never");
  });

  it("is other-multi-copy atomic: CPUs agree on the order of others' writes", () => {
    const iriw = (between: string) => `AArch64 IRIW
{ 0:X1=x; 1:X1=x; 1:X3=y; 2:X3=y; 3:X1=y; 3:X3=x; }
 P0          | P1          | P2          | P3          ;
 MOV W0,#1   | LDR W0,[X1] | MOV W0,#1   | LDR W0,[X1] ;
 STR W0,[X1] | ${between}  | STR W0,[X3] | ${between}  ;
             | LDR W2,[X3] |             | LDR W2,[X3] ;
exists (1:X0=1 /\\ 1:X2=0 /\\ 3:X0=1 /\\ 3:X2=0)
`;
    expect(observation(iriw("NOP"))).toBe("Sometimes");
    expect(observation(iriw("DMB LD"))).toBe("Never");
  });

  it("lets a walk read an old entry until it is invalidated", () => {
    const unmap = (behind: string) => `AArch64 unmap
{ [x]=1; 0:X1=(oa:PA(x),valid:0); 0:X2=PTE(x); 0:X3=x; 0:X5=y; 1:X3=x; 1:X5=y; }
 P0          | P1          ;
 STR X1,[X2] | LDR W0,[X5] ;
 ${behind}   | DSB SY      ;
 MOV W6,#1   | ISB         ;
 STR W6,[X5] | L0: LDR W1,[X3] ;
exists (1:X0=1 /\\ ~fault(P1:L0,x))
`;
    expect(observation(unmap("DSB ISH"))).toBe("Sometimes");
    expect(observation(unmap("DSB ISH | ; LSR X4,X3,#12 | ; TLBI VAAE1IS,X4 | ; DSB ISH"))).toBe("Never");
    expect(observation(unmap("DSB ISH | ; LSR X4,X3,#12 | ; TLBI VAAE1,X4 | ; DSB ISH"))).toBe("Sometimes");
  });

  it("keeps EL0 from entries and physical addresses", () => {
    const user = (address: string) =>
      `AArch64 user\nEL0=P0\n{ 0:X1=${address}; }\n P0 ;\n L0: LDR X0,[X1] ;\nforall fault(P0:L0)\n`;
    for (const address of ["PTE(x)", "PA(x)"]) expect(runLitmus(parseLitmus(user(address))).ok).toBe(true);
    expect(runLitmus(parseLitmus(user("x"))).ok).toBe(false);
  });

  it("runs fault handlers, and continues where they say", () => {
    const handled = `AArch64 handler
{ [PTE(x)]=(valid:0); 0:X1=x; }
 P0              | P0.F           ;
 L0: LDR W0,[X1] | MOV W2,#7      ;
 MOV W3,#1       | ADR X9,L1      ;
 L1: MOV W4,#2   | MSR ELR_EL1,X9 ;
                 | ERET           ;
forall (0:X2=7 /\\ 0:X3=0 /\\ 0:X4=2 /\\ fault(P0:L0,x,MMU:Translation))
`;
    expect(runLitmus(parseLitmus(handled)).ok).toBe(true);
  });
});

const SB = `X86_64 SB
{ }
 P0            | P1            ;
 movl $1,(x)   | movl $1,(y)   ;
 movl (y),%eax | movl (x),%eax ;
exists (0:rax=0 /\\ 1:rax=0)
`;

describe("what is printed", () => {
  it("has herd7's form", () => {
    expect(litmusText(runLitmus(parseLitmus(SB)))).toBe(
      "Test SB Allowed\nStates 4\n0:RAX=0; 1:RAX=0;\n0:RAX=0; 1:RAX=1;\n0:RAX=1; 1:RAX=0;\n0:RAX=1; 1:RAX=1;\n" +
        "Ok\nWitnesses\nPositive: 1 Negative: 3\nCondition exists (0:rax=0 /\\ 1:rax=0)\nObservation SB Sometimes 1 3\n",
    );
  });

  it("shows an execution for a state", () => {
    const result = runLitmus(parseLitmus(SB));
    const [state] = result.states;
    expect(witnessText(result, state as NonNullable<typeof state>)).toBe(
      "  P0   reads y=0                                    movl (y),%eax\n" +
        "  P1   writes y=1                                   movl $1,(y)\n" +
        "  P1   reads x=0                                    movl (x),%eax\n" +
        "  P0   writes x=1                                   movl $1,(x)\n",
    );
  });
});

describe("bad tests", () => {
  it.each([
    ["", "there is no { … }"],
    ["{ }\nexists (x=1)", "it does not begin with a processor and a name"],
    ["hello", "there is no { … }"],
    ["PPC A\n{ }\n P0 ;\n nop ;\nexists (x=1)", 'it is for "PPC"'],
    ["AArch64 A\n{ }\n P0 ;\n FROB X0 ;\nexists (x=1)", "FROB X0"],
    ["AArch64 A\n{ 0:X1=x; }\n P0 ;\n LDR X0,[X1],#8 ;\nexists (x=1)", 'the form with "X0,[X1],#8"'],
    ["AArch64 A\n{ 0:X1=x; }\n P0 ;\n LDR X0,[X1,X2,LSL #2] ;\nexists (x=1)", 'the address "[X1,X2,LSL#2]"'],
    ["AArch64 A\n{ 0:X1=x; }\n P0 ;\n SWP X0,X2,[X1,#8] ;\nexists (x=1)", 'the address "[X1,#8]"'],
    ["AArch64 A\n{ }\n P0 ;\n ADD X0,X1,X2,LSL #3 ;\nexists (x=1)", '"LSL#3" is not known here'],
    ["AArch64 A\n{ }\n P0 ;\n LDR X0,[SP] ;\nexists (x=1)", 'the operand "SP"'],
    ["AArch64 A\n{ }\n P0 ;\n CBZ X0,nowhere ;\nexists (x=1)", 'no label "nowhere"'],
    ["AArch64 A\n{ }\n P0 ;\n LDR X0,[X1] ;\nexists (x=1)", "which is no address"],
    ["AArch64 A\n{ }\n P0 ;\n NOP ;\nexists (x=", "the condition cannot be read"],
    [`AArch64 A\n{ }\n P0 ;\n NOP ;\nexists ${"(".repeat(9000)}`, "the condition cannot be read"],
    [`AArch64 A\n{ }\n P0 ;\n NOP ;\nexists ${"~".repeat(9000)}`, "the condition cannot be read"],
    [" ".repeat(30_000), "more than 20000 characters"],
  ])("%j: %s", (text, message) => {
    expect(() => runLitmus(parseLitmus(text))).toThrow(
      expect.objectContaining({ code: "LITMUS", message: expect.stringContaining(message) }),
    );
  });

  it("ends with an error for what has too many executions", () => {
    const loads = " LDR W0,[X1] ;\n".repeat(60);
    const text = `AArch64 A\n{ 0:X1=x; }\n P0 ;\n${loads}exists (x=1)`;
    expect(() => runLitmus(parseLitmus(text))).toThrow(ExploreError);
  });

  it("damaged ones end in LITMUS or in a result", () => {
    const pieces = MP("DMB ST", "LDR W5,[X1]").split(/(?=[ ,;|[\]()=:\n])/);
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.nat(pieces.length - 1), fc.constantFrom("", "(", "|", ";", "x", "#", "[", "X9", "~", "=")),
          {
            maxLength: 4,
          },
        ),
        (changes) => {
          const damaged = [...pieces];
          for (const [at, piece] of changes) damaged[at] = piece;
          try {
            runLitmus(parseLitmus(damaged.join("")));
          } catch (error) {
            expect(error).toBeInstanceOf(ExploreError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
