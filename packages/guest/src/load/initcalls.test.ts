import { expect, test } from "vitest";
import { bootFunctions } from "./initcalls.ts";

const SOCK = "__kasan_initcall_1_11_sock_init";
const NETLINK = "__kasan_initcall_1_22_netlink_proto_init";
const LATE = "__kasan_initcall_7s_33_late";

test("what boots comes first, then initcalls by level, and those of one level as they are linked", () => {
  const functions = ["f", LATE, NETLINK, "net_ns_init", SOCK, "radix_tree_init"];
  const boot = ["radix_tree_init", "net_ns_init"];
  expect(bootFunctions(functions, [LATE, SOCK, NETLINK])).toEqual([...boot, SOCK, NETLINK, LATE]);
  expect(bootFunctions(functions, [NETLINK, SOCK])).toEqual([...boot, NETLINK, SOCK, LATE]);
});

test("what another function of the boot calls is called once", () => {
  expect(bootFunctions(["chrdev_init", "vfs_caches_init"], [])).toEqual(["vfs_caches_init"]);
  expect(bootFunctions(["chrdev_init", "wait_bit_init"], [])).toEqual(["wait_bit_init", "chrdev_init"]);
});

test("what an initcall calls is called at boot if the program lacks the initcall", () => {
  expect(bootFunctions(["skb_init", LATE], [])).toEqual(["skb_init", LATE]);
  expect(bootFunctions(["skb_init", SOCK], [])).toEqual([SOCK]);
});
