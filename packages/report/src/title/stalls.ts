/** Functions that dispatch work: the caller of a stalled or overflowing stack stands below the first of them. */
const DISPATCHERS = [
  "process_one_work",
  "do_syscall_",
  "do_fast_syscall_",
  "sysenter_dispatch",
  "tracesys_phase2",
  "el0_svc_handler",
  "invoke_syscall",
  "ret_fast_syscall",
  "netif_receive_skb",
  "do_softirq",
  "call_timer_fn",
  "_run_timers",
  "run_timer_softirq",
  "hrtimer_run",
  "run_ksoftirqd",
  "smpboot_thread_fn",
  "^kthread$",
  "start_secondary",
  "cpu_startup_entry",
  "ret_from_fork",
  "vfs_write",
  "vfs_read",
  "vfs_iter_read",
  "vfs_iter_write",
  "do_iter_read",
  "do_iter_write",
  "call_read_iter",
  "call_write_iter",
  "new_sync_read",
  "new_sync_write",
  "vfs_ioctl",
  "ksys_ioctl",
  "compat_ioctl",
  "compat_sys_ioctl",
  "blkdev_driver_ioctl",
  "blkdev_ioctl",
  "^call_mmap",
  "mmap_region",
  "do_mmap",
  "do_dentry_open",
  "vfs_open",
  "^sock_sendmsg",
  "^sock_recvmsg",
  "^sock_release",
  "^__sock_release",
  "^setsockopt$",
  "kernel_setsockopt",
  "sock_common_setsockopt",
  "^listen$",
  "kernel_listen",
  "sk_common_release",
  "^sock_mmap",
  "^accept$",
  "kernel_accept",
  "^sock_do_ioctl",
  "^sock_ioctl",
  "^compat_sock_ioctl",
  "^nfnetlink_rcv_msg",
  "^rtnetlink_rcv_msg",
  "^netlink_dump",
  "^(sys_)?(socketpair|connect|ioctl)",
  "__do_fault",
  "do_page_fault",
  "^page_fault$",
  "__fput",
  "task_work_run",
  "exit_to_usermode",
  "smp_call_function",
  "tasklet_action",
  "tasklet_hi_action",
];
const DISPATCHER = new RegExp(DISPATCHERS.join("|"));

/** The function that a stall is named after: what was dispatched, since where exactly it loops is chance. */
export function stalledFrame(frames: readonly string[]): { name: string; index: number } | undefined {
  const at = frames.findIndex((frame) => DISPATCHER.test(frame));
  if (at < 0) return undefined;
  if (frames[at]!.includes("smp_call_function")) return { name: "smp_call_function", index: at };
  const index = Math.max(0, at - 1);
  return { name: frames[index]!, index };
}

/** Where tasks queue up behind a culprit elsewhere: all such hangs are one. */
const QUEUES = [
  ["rtnl_lock", undefined],
  ["synchronize_rcu", "synchronize_rcu"],
  ["synchronize_srcu", "synchronize_rcu"],
  ["synchronize_net", "synchronize_rcu"],
  ["synchronize_sched", "synchronize_rcu"],
] as const;
const WAITING =
  /sched|_lock|_slowlock|down|rwsem|completion|kthread|wait|synchronize|context_switch|__switch_to|cancel_delayed_work|rcu_barrier/;

/** The function that a hung task is named after. */
export function hungFrame(frames: readonly string[]): { name: string; index: number } | undefined {
  for (const [index, frame] of frames.entries()) {
    const queue = QUEUES.find(([name]) => frame.includes(name));
    if (queue) return { name: queue[1] ?? frame, index };
  }
  const index = frames.findIndex((frame) => !WAITING.test(frame));
  return index < 0 ? undefined : { name: frames[index]!, index };
}
