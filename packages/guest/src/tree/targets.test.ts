import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { GuestError } from "../error.ts";
import { TREE_ROOT } from "./headers.ts";
import { compareLinkPlaces, Kbuild } from "./kbuild.ts";
import { KernelTree } from "./kernel-tree.ts";
import { isTarget, programFiles } from "./targets.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Writes files, by path, and returns their folder. */
function written(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "kasan-target-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A Makefile as authors of modules outside of a kernel's source write it. */
const OUTSIDE = `ifneq ($(KERNELRELEASE),)
	obj-m := my-drv.o
	my-drv-objs := main.o \\
		src/part.o
	my-drv-$(CONFIG_ON) += on.o
	my-drv-$(CONFIG_OFF) += off.o
	ccflags-y += -Wall -I$(src)/include -Wp,-MD -I$(M)/more -DGREETING=\\"hi\\" -Iplain
	subdir-ccflags-y := -DBELOW
	EXTRA_CFLAGS := -include $(PWD)/first.h
	CFLAGS_main.o := -DMAIN
	KASAN_SANITIZE_src/part.o := n
else
KDIR ?= /lib/modules/$(shell uname -r)/build
PWD := $(shell pwd)

all: modules

modules clean:
	$(MAKE) -C $(KDIR) M=$(PWD) $@
endif
`;
const SOURCES = { "main.c": "", "src/part.c": "", "on.c": "", "off.c": "" };
const ON = new Map([["ON", "y"]]);

/** A kernel's source with what {@link KernelTree.open} needs, and these files. */
const treeOf = (files: Record<string, string>) =>
  written({
    Makefile: "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n",
    "include/linux/kconfig.h": "",
    "include/linux/module.h": "",
    "include/asm-generic/Kbuild": "",
    ...files,
  });

/** What is wrong with an argument. */
function errorOf(argument: string): { message: string; details: string } {
  try {
    programFiles([argument], ON);
  } catch (error) {
    const { code, message, details } = error as GuestError;
    expect(code).toBe("BAD_INPUT");
    return { message, details };
  }
  throw new Error("no error");
}

describe("a module of a Makefile", () => {
  it("is told from files", () => {
    const targets = ["Makefile", "a/Makefile", "a/Kbuild:foo.ko", "/a/Makefile:foo.o", "Kbuild:foo"];
    const files = ["a.c", "a/NotMakefile", "Makefile.c", "a/Makefile:", "a/Makefile:b/c.ko", "Makefile/a.c"];
    expect(targets.filter(isTarget)).toEqual(targets);
    expect(files.filter(isTarget)).toEqual([]);
  });

  it("has the files that its objects are built from, those of options included", () => {
    const folder = written({ Makefile: OUTSIDE, ...SOURCES });
    for (const name of ["", ":my-drv.ko", ":my-drv.o", ":my-drv"]) {
      const { files, target } = programFiles([`${folder}/Makefile${name}`], ON);
      expect(files).toEqual(["main.c", "src/part.c", "on.c"].map((file) => join(folder, file)));
      expect(target?.name).toBe("my_drv");
    }
  });

  it("gives each file its flags", () => {
    const folder = written({ Makefile: OUTSIDE, ...SOURCES });
    const { target } = programFiles([`${folder}/Makefile`], ON);
    const folders = [`${folder}/include`, `${folder}/more`, `${folder}/plain`, "/linux/plain"];
    const headers = [`${folder}/first.h`];
    const shared = { folders: expect.arrayContaining(folders), headers, warnings: ["-Wall"] };
    const defines = ["BELOW", 'GREETING="hi"'];
    expect(target?.flags(join(folder, "main.c"))).toEqual({
      ...shared,
      defines: [...defines, "MAIN"],
      sanitize: true,
      cover: true,
    });
    expect(target?.flags(join(folder, "src/part.c"))).toEqual({ ...shared, defines, sanitize: false, cover: true });
  });

  it("instruments a file of a folder without KASAN if its flags are those of KASAN", () => {
    const text =
      "KASAN_SANITIZE := n\nobj-m := m.o\nm-objs := a.o b.o\nTESTED := $(CFLAGS_KASAN)\nCFLAGS_b.o := $(TESTED)\n";
    const folder = written({ Makefile: text, "a.c": "", "b.c": "" });
    const { files, target } = programFiles([`${folder}/Makefile`], ON);
    expect(files.map((file) => target?.flags(file).sanitize)).toEqual([false, true]);
  });

  it("is one file if nothing says what its objects are, and may come with other files", () => {
    const folder = written({ Kbuild: "obj-m := a.o b.o\n", Makefile: "all:\n\tmake\n", "a.c": "", "b.c": "" });
    expect(programFiles([`${folder}/Makefile:a.ko`, "other.c"], ON).files).toEqual([join(folder, "a.c"), "other.c"]);
    expect(programFiles([`${folder}/Kbuild:b.ko`], ON).files).toEqual([join(folder, "b.c")]);
  });

  it("turns on the option that builds it", () => {
    const text = "obj-$(CONFIG_ON) += a.o\nobj-$(CONFIG_OFF) += b.o\nb-$(CONFIG_OFF) += c.o\n";
    const folder = written({ Makefile: text, "a.c": "", "c.c": "" });
    expect(programFiles([`${folder}/Makefile`], ON).files).toEqual([join(folder, "a.c")]);
    const { files, target, config } = programFiles([`${folder}/Makefile:b.ko`], ON);
    expect(files).toEqual([join(folder, "c.c")]);
    expect(config.get("OFF")).toBe("m");
    expect(target?.flags(files[0]).defines).toEqual(["CONFIG_OFF_MODULE=1"]);
  });

  it("has the flags of the folders above it in a kernel's source", () => {
    const folder = treeOf({
      "net/Makefile": "subdir-ccflags-y := -DNET\n",
      "net/a/Makefile": "obj-$(CONFIG_OFF) += a.o\na-y := one.o two.o\nCFLAGS_two.o := -I$(src) -Inet/b\n",
      "net/a/one.c": "",
      "net/a/two.c": "",
    });
    const { files, target } = programFiles([`${folder}/net/a/Makefile`], ON, KernelTree.open(folder));
    expect(files).toEqual(["one.c", "two.c"].map((name) => join(folder, "net/a", name)));
    expect(target?.flags(files[1])).toEqual({
      folders: ["/linux/net/a", "/linux/net/b"],
      defines: ["NET"],
      headers: [],
      warnings: [],
      sanitize: true,
      cover: true,
    });
  });

  it("is refused if it is not there", () => {
    const folder = written({ "a/Makefile": "obj-m := x.o y.o\nx-y := z.o\n", "b/Makefile": "all:\n\tcc\n" });
    expect(errorOf(`${folder}/Makefile`).message).toBe(`${folder}/Makefile: no such file`);
    expect(errorOf(`${folder}/b/Makefile:x.ko`).message).toBe(
      `${folder}/b/Makefile: describes no module; it sets no obj-m or obj-y to a .o`,
    );
    expect(errorOf(`${folder}/a/Makefile:no.ko`)).toEqual({
      message: `${folder}/a/Makefile: no module no.ko`,
      details: "It describes: x.ko, y.ko\n",
    });
    expect(errorOf(`${folder}/a/Makefile`)).toEqual({
      message: `${folder}/a/Makefile: several modules; name one, as ${folder}/a/Makefile:x.ko`,
      details: "It describes: x.ko, y.ko\n",
    });
    const both = [`${folder}/a/Makefile:x.ko`, `${folder}/a/Makefile:y.ko`];
    expect(() => programFiles(both, ON)).toThrow(/several modules; a machine runs one at a time$/);
  });

  it("is refused if a function of make that is not known would add to it", () => {
    const text = "SRCS := $(shell find -name '*.c')\nobj-m := x.o y.o\nx-objs := $(SRCS:.c=.o)\n";
    const folder = written({ Makefile: text, "x.c": "", "y.c": "", "b/Makefile": "obj-m := $(call modules)\n" });
    expect(errorOf(`${folder}/Makefile:x.ko`).message).toBe(
      `${folder}/Makefile: x-objs needs make's $(shell …), which is not known here`,
    );
    expect(programFiles([`${folder}/Makefile:y.ko`], ON).files).toEqual([join(folder, "y.c")]);
    expect(errorOf(`${folder}/b/Makefile`).message).toBe(
      `${folder}/b/Makefile: obj-m needs make's $(call …), which is not known here`,
    );
  });

  it("is refused if not all of it is C that is there", () => {
    const folder = written({
      Makefile: "obj-m := x.o y.o z.o\nx-y := gone.o\ny-y := main.o fast.o\nz-y := main.c\n",
      "main.c": "",
      "fast.S": "",
    });
    expect(errorOf(`${folder}/Makefile:x.ko`).message).toBe(
      `${folder}/Makefile: x.ko has gone.o, and there is no ${folder}/gone.c`,
    );
    expect(errorOf(`${folder}/Makefile:y.ko`).message).toBe(
      `${folder}/Makefile: y.ko has fast.o of ${folder}/fast.S: assembly is not compiled`,
    );
    expect(errorOf(`${folder}/Makefile:z.ko`).message).toBe(
      `${folder}/Makefile: z.ko has main.c, which is no object file`,
    );
  });
});

describe("the order in which a kernel's files are linked", () => {
  it("is that of the Makefiles, folder by folder", () => {
    const folder = treeOf({
      "net/Makefile": "obj-y := devres.o socket.o core/\nobj-$(CONFIG_ON) += netlink/ deep/far.o\n",
      "net/core/Makefile": "obj-y := sock.o\nobj-$(CONFIG_ON) += dev.o\n",
      "net/netlink/Makefile": "obj-y := af.o both.o\nboth-y := two.o one.o\n",
      "fs/Makefile": "obj-y := open.o\n",
    });
    const kbuild = new Kbuild(ON, KernelTree.open(folder));
    const files =
      "net/x.c net/deep/far.c net/netlink/one.c net/netlink/two.c net/netlink/af.c net/core/dev.c net/core/sock.c net/socket.c fs/open.c";
    const linked = files
      .split(" ")
      .map((path) => ({ path, place: kbuild.linkPlace(`${TREE_ROOT}/${path}`) }))
      .sort((a, b) => compareLinkPlaces(a.place, b.place))
      .map(({ path }) => path);
    expect(linked).toEqual(
      "fs/open.c net/socket.c net/core/sock.c net/core/dev.c net/netlink/af.c net/netlink/two.c net/netlink/one.c net/deep/far.c net/x.c".split(
        " ",
      ),
    );
  });
});
