import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { breadthConfig } from "../../../../scripts/breadth/config.js";
import { runFiles, withFiles } from "../harness.ts";
import { KERNEL_TREE, kernelFile } from "./source.ts";

/** A module whose init function says which of its checks failed. */
const module = (headers: string[], code: string, checks: string[]) => `
  #include <linux/module.h>
  ${headers.map((header) => `#include <linux/${header}.h>\n`).join("")}
  ${code}
  static int __init checks_init(void)
  {
    ${checks.map((check, i) => `if (!(${check})) { pr_info("failed: check ${i}\\n"); return -EINVAL; }\n`).join("")}
    return 0;
  }
  module_init(checks_init);
  MODULE_LICENSE("GPL");
`;

async function expectChecks(source: string): Promise<void> {
  await withFiles({ "checks.c": source, ".config": breadthConfig() }, async ([file, kernelConfig]) => {
    const ran = await runFiles([file], { kernelTree: KERNEL_TREE, kernelConfig });
    const { result, stopped, warnings, reports } = ran;
    expect({ result, stopped, warnings, reports }, ran.lines.join("\n")).toEqual({
      result: 0,
      stopped: undefined,
      warnings: 0,
      reports: [],
    });
  });
}

describe("what stands for parts of a kernel", () => {
  it("texts: the source's code prints what shows its structures", { timeout: 300_000 }, async () => {
    const code = `
      static struct resource region = { .start = 0x1000, .end = 0x1fff, .flags = IORESOURCE_MEM };
      static struct dentry folder = { .d_parent = &folder, .d_name = QSTR_INIT("folder", 6) };
      static struct dentry entry = { .d_parent = &folder, .d_name = QSTR_INIT("entry", 5) };
      static struct file file = { .f_path.dentry = &entry };
      static unsigned long page = BIT(PG_locked) | BIT(PG_dirty), area = VM_READ | VM_EXEC;
      static gfp_t gfp = GFP_KERNEL | __GFP_ZERO;
      static char text[128];
      static bool is(const char *expected, const char *format, ...)
      {
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        pr_info("%s\\n", text);
        return !strcmp(text, expected);
      }
    `;
    const checks = [
      'is("[mem 0x00001000-0x00001fff]|[mem 0x00001000-0x00001fff flags 0x200]", "%pR|%pr", &region, &region)',
      'is("[entry     ]|entry|(null)", "[%-10pd]|%pD|%pd", &entry, &file, NULL)',
      'is("/entry 7", "%pd2 %d", &entry, 7)',
      'is("read|exec GFP_KERNEL|__GFP_ZERO", "%pGv %pGg", &area, &gfp) && is("0x11(locked|dirty|zone=0)", "%pGp", &page)',
      'is("(null) (null)", "%pOF %pfw", NULL, NULL)',
    ];
    await expectChecks(module(["ioport", "dcache", "fs", "mm", "string"], code, checks));
  });

  it("memory for the boot", { timeout: 300_000 }, async () => {
    const code = `
      static char *memory;
      static bool get(size_t size, size_t align) { memory = memblock_alloc(size, align); return memory; }
      static bool holds(size_t size, size_t align) { return get(size, align) && IS_ALIGNED((unsigned long)memory, align) && !memchr_inv(memory, 0, size); }
    `;
    const checks = [
      "holds(100, 64) && (memblock_free(memory, 100), true)",
      "holds(24, 1024) && (memblock_free_late(__pa(memory), 24), true)",
    ];
    await expectChecks(module(["memblock", "string"], code, checks));
  });

  it("timers", { timeout: 300_000 }, async () => {
    const code = `
      static int fired;
      static void fire(struct timer_list *timer) { fired++; }
      static struct timer_list timer;
      static bool set_up(void) { timer_setup(&timer, fire, 0); return !timer_pending(&timer); }
      static int after(int ticks) { schedule_timeout_uninterruptible(ticks); return fired; }
    `;
    const checks = [
      "set_up()",
      "!mod_timer_pending(&timer, jiffies + 5) && !timer_pending(&timer)",
      "!mod_timer(&timer, jiffies + 50) && mod_timer_pending(&timer, jiffies + 40)",
      "timer_reduce(&timer, jiffies + 90) && after(60) == 1",
      "!mod_timer(&timer, jiffies + 50) && timer_reduce(&timer, jiffies + 5) && after(10) == 2",
      "(timer.expires = jiffies + 2, add_timer_on(&timer, 0), after(10) == 3)",
    ];
    await expectChecks(module(["timer", "jiffies", "sched"], code, checks));
  });

  it("softirqs and tasklets: at once where they are enabled again, else by ksoftirqd", {
    timeout: 300_000,
  }, async () => {
    const code = `
      static int ran, deep; static char by[TASK_COMM_LEN];
      static void act(void) { ran++; deep = in_serving_softirq(); strscpy(by, current->comm); if (ran == 1) __raise_softirq_irqoff(NET_RX_SOFTIRQ); }
      static int raised(bool disabled) { if (disabled) local_bh_disable(); raise_softirq(NET_RX_SOFTIRQ); if (disabled) local_bh_enable(); return ran; }
      static int tasklets; static void tick(struct tasklet_struct *t) { tasklets++; }
      static DECLARE_TASKLET(tasklet, tick);
      static int schedule_it(void) { local_bh_disable(); tasklet_schedule(&tasklet); tasklet_schedule(&tasklet); local_bh_enable(); return tasklets; }
    `;
    const checks = [
      "(open_softirq(NET_RX_SOFTIRQ, act), raised(true) == 2 && deep && !in_softirq() && !strcmp(by, current->comm))",
      'raised(false) == 2 && (msleep(1), ran == 3) && !strcmp(by, "ksoftirqd/0")',
      "schedule_it() == 1",
      "(tasklet_disable(&tasklet), schedule_it() == 1) && (tasklet_enable(&tasklet), msleep(1), tasklets == 2)",
      "(tasklet_schedule(&tasklet), tasklet_kill(&tasklet), tasklets == 3)",
    ];
    await expectChecks(module(["interrupt", "delay", "sched", "string"], code, checks));
  });

  it("credentials: those of a kernel's first task, in threads as well", { timeout: 300_000 }, async () => {
    const code = `
      static struct cred *copy; static const struct cred *of_thread; static DECLARE_COMPLETION(done);
      static int look(void *data) { of_thread = current_cred(); complete(&done); return 0; }
    `;
    const checks = [
      "uid_eq(current_uid(), GLOBAL_ROOT_UID) && current_user_ns() == &init_user_ns && current_cred() == current_real_cred()",
      "rlimit(RLIMIT_NOFILE) == INR_OPEN_CUR && list_empty(&current->signal->shared_pending.list)",
      "(copy = prepare_creds()) && copy != current_cred() && uid_eq(copy->fsuid, current_fsuid()) && (abort_creds(copy), true)",
      '!IS_ERR(kthread_run(look, NULL, "look")) && (wait_for_completion(&done), of_thread == current_cred())',
    ];
    await expectChecks(module(["cred", "completion", "kthread", "resource", "sched/signal"], code, checks));
  });

  it("kobjects: two children of the same name are refused", { timeout: 300_000 }, async () => {
    const code = `
      static struct kobject *parent, *one, *two;
      static struct kobject *child(const char *name) { return kobject_create_and_add(name, parent); }
    `;
    const checks = [
      '(parent = kobject_create_and_add("parent", NULL)) && (one = child("one")) && (two = child("two"))',
      '!child("one") && kobject_rename(two, "one") == -EEXIST && !kobject_rename(two, "two")',
      '!kobject_rename(two, "three") && !child("three") && (kobject_put(one), one = child("one"))',
      "(kobject_put(one), kobject_put(two), kobject_put(parent), true)",
    ];
    await expectChecks(module(["kobject"], code, checks));
  });

  it.each(["sw_tags", "hw_tags"] as const)("memory with tags: %s", { timeout: 300_000 }, async (mode) => {
    const code = `
      static char *page, *object, *freed;
      static bool tagged(void *pointer) { return (unsigned long)pointer >> 56 != 0xff; }
      static bool use(void) { freed = object; kfree(object); return READ_ONCE(freed[3]) || true; }
    `;
    const checks = [
      "(page = (void *)get_zeroed_page(GFP_KERNEL)) && (object = kzalloc(30, GFP_KERNEL))",
      "tagged(page) && page_address(virt_to_page(page)) == page && (page[5] = 1)",
      "tagged(object) && virt_to_page(object) == virt_to_page(kasan_reset_tag(object)) && (object[29] = 1)",
      "(free_page((unsigned long)page), use())",
    ];
    const source = module(["kasan", "mm", "slab"], code, checks);
    await withFiles({ "checks.c": source, ".config": breadthConfig() }, async ([file, kernelConfig]) => {
      const settings = { kernelTree: KERNEL_TREE, kernelConfig, mode, arm64: { kasan: mode } };
      const { result, reports, lines } = await runFiles([file], settings);
      expect({ result, bugs: reports.map(({ bugType }) => bugType) }, lines.join("\n")).toEqual({
        result: 0,
        bugs: ["slab-use-after-free"],
      });
    });
  });

  it("functions that are missing: a call through a pointer names them", { timeout: 300_000 }, async () => {
    const code = "int nobody_has_it(int a, void *b);\nstatic int (*volatile call)(int, void *) = nobody_has_it;";
    const source = module(["kernel"], code, ["call(1, NULL) == 1"]);
    await withFiles({ "checks.c": source, ".config": breadthConfig() }, async ([file, kernelConfig]) => {
      const { stopped, lines } = await runFiles([file], { kernelTree: KERNEL_TREE, kernelConfig });
      expect(stopped, lines.join("\n")).toBe("missing");
      expect(lines[0]).toContain("kasan: nobody_has_it() is called, and nothing provides it");
    });
  });

  it("variables that are missing: the first access stops the guest", { timeout: 300_000 }, async () => {
    const source = module(["kernel"], "extern int nobody_has_it;", ["&nobody_has_it", "nobody_has_it == 1"]);
    await withFiles({ "checks.c": source, ".config": breadthConfig() }, async ([file, kernelConfig]) => {
      const { stopped, reports, lines } = await runFiles([file], { kernelTree: KERNEL_TREE, kernelConfig });
      expect({ stopped, reports }, lines.join("\n")).toEqual({ stopped: "missing", reports: [] });
      expect(lines[0]).toContain("kasan: the variable nobody_has_it is used, and nothing provides it");
    });
  });

  it("timers with nanoseconds", { timeout: 300_000 }, async () => {
    const code = `
      static int fired; static u64 behind;
      static enum hrtimer_restart fire(struct hrtimer *timer)
      {
        behind = hrtimer_forward_now(timer, ms_to_ktime(10));
        return ++fired < 3 ? HRTIMER_RESTART : HRTIMER_NORESTART;
      }
      static struct hrtimer timer;
      static void set_up(void) { hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL); timer.function = fire; }
      static int after(int ms) { msleep(ms); return fired; }
      static int sleep_for(u64 ns) { ktime_t until = ktime_add_ns(ktime_get(), ns); set_current_state(TASK_UNINTERRUPTIBLE);
        return schedule_hrtimeout(&until, HRTIMER_MODE_ABS) == 0 && ktime_get() >= until; }
    `;
    const checks = [
      "(set_up(), !hrtimer_active(&timer) && hrtimer_cancel(&timer) == 0)",
      "(hrtimer_start(&timer, ms_to_ktime(5), HRTIMER_MODE_REL), hrtimer_active(&timer) && after(4) == 0)",
      "after(5) == 1 && hrtimer_active(&timer) && behind == 1 && after(10) == 2 && after(30) == 3 && !hrtimer_active(&timer)",
      "(hrtimer_start(&timer, ms_to_ktime(5), HRTIMER_MODE_REL), hrtimer_cancel(&timer) == 1 && after(20) == 3)",
      "sleep_for(7000000)",
    ];
    await expectChecks(module(["hrtimer", "delay", "sched"], code, checks));
  });

  it("modules on request: there are none", { timeout: 300_000 }, async () => {
    await expectChecks(module(["kmod"], "", ['request_module("crypto-%s", "aes") == -ENOENT']));
  });

  it("files in /proc: folders, names, removal while a file is open", { timeout: 300_000 }, async () => {
    const code = `
      static int released;
      static ssize_t get(struct file *file, char __user *to, size_t count, loff_t *pos) { return *(int *)pde_data(file->f_inode); }
      static int close(struct inode *inode, struct file *file) { return released++; }
      static const struct proc_ops ops = { .proc_read = get, .proc_release = close };
      static int value = 7;
      static struct proc_dir_entry *folder, *entry;
      static struct file *file;
      static int reads(void) { return file->f_op->read(file, NULL, 1, &file->f_pos); }
    `;
    const checks = [
      'IS_ERR(filp_open("/proc/checks/value", O_RDONLY, 0)) && IS_ERR(filp_open("/etc/passwd", O_RDONLY, 0))',
      '(folder = proc_mkdir("checks", NULL)) && (entry = proc_create_data("value", 0, folder, &ops, &value))',
      '!proc_create("value", 0, folder, &ops) && !proc_create("no/value", 0, folder, &ops)',
      'filp_open("/proc/checks", O_RDONLY, 0) == ERR_PTR(-EISDIR)',
      '!IS_ERR(file = filp_open("/proc/checks/value", O_RDONLY, 0)) && reads() == 7',
      "file->f_op->write(file, NULL, 1, &file->f_pos) == -EINVAL",
      "(proc_remove(folder), released == 1 && reads() == -EIO)",
      "!filp_close(file, NULL) && released == 1",
      'IS_ERR(filp_open("/proc/checks/value", O_RDONLY, 0)) && remove_proc_subtree("checks", NULL) == -ENOENT',
    ];
    await expectChecks(module(["proc_fs", "fs", "err"], code, checks));
  });

  it("files in debugfs: names, removal while a file is open", { timeout: 300_000 }, async () => {
    const code = `
      static int released;
      static ssize_t get(struct file *file, char __user *to, size_t count, loff_t *pos) { return *(int *)file->f_inode->i_private; }
      static int close(struct inode *inode, struct file *file) { return released++; }
      static const struct file_operations fops = { .read = get, .release = close };
      static int value = 7;
      static struct dentry *folder;
      static struct file *file;
      static int reads(void) { return file->f_op->read(file, NULL, 1, &file->f_pos); }
    `;
    const checks = [
      '!IS_ERR(folder = debugfs_create_dir("checks", NULL)) && IS_ERR(debugfs_create_dir("checks", NULL))',
      '!IS_ERR(debugfs_create_file("value", 0400, folder, &value, &fops))',
      'debugfs_lookup("checks", NULL) == folder && !debugfs_lookup("value", NULL)',
      '!IS_ERR(file = filp_open("/sys/kernel/debug/checks/value", O_RDONLY, 0)) && reads() == 7',
      "debugfs_real_fops(file) == &fops && !debugfs_file_get(file->f_path.dentry)",
      "(debugfs_remove(folder), released == 0 && reads() == -EIO)",
      "!filp_close(file, NULL) && released == 1",
      'IS_ERR(filp_open("/sys/kernel/debug/checks/value", O_RDONLY, 0)) && !debugfs_lookup("checks", NULL)',
    ];
    await expectChecks(module(["debugfs", "fs", "err"], code, checks));
  });

  it("sysctl: values in /proc/sys, their limits, folders that go with their tables", { timeout: 300_000 }, async () => {
    const code = `
      static int value = 7, least = 1, most = 99;
      static struct ctl_table entries[] = {
        { .procname = "value", .data = &value, .maxlen = sizeof(value), .mode = 0644, .proc_handler = proc_dointvec_minmax,
          .extra1 = &least, .extra2 = &most },
        { .procname = "fixed", .data = &value, .maxlen = sizeof(value), .mode = 0444, .proc_handler = proc_dointvec },
      };
      static struct ctl_table broken[] = { { .procname = "broken", .data = &value, .mode = 0644, .proc_handler = proc_dointvec } };
      static struct ctl_table_header *outer, *inner, *point;
      static char buffer[8];
      /* As kernel_read() and kernel_write() do. */
      static ssize_t iterate(struct file *file, struct kvec vec, bool write)
      {
        struct iov_iter iter;
        struct kiocb io;

        if (!file->f_op->read_iter)
          return -EINVAL;
        init_sync_kiocb(&io, file);
        iov_iter_kvec(&iter, write ? ITER_SOURCE : ITER_DEST, &vec, 1, vec.iov_len);
        return write ? file->f_op->write_iter(&io, &iter) : file->f_op->read_iter(&io, &iter);
      }
      static ssize_t use(const char *path, const char *text, size_t size)
      {
        struct file *file = filp_open(path, O_RDWR, 0);
        ssize_t result;

        if (IS_ERR(file))
          return PTR_ERR(file);
        result = iterate(file, (struct kvec){ (void *)text ?: buffer, size }, text);
        filp_close(file, NULL);
        return result;
      }
      static bool shows(const char *path, const char *text)
      {
        memset(buffer, 0, sizeof(buffer));
        return use(path, NULL, 7) == strlen(text) && !strcmp(buffer, text);
      }
      static int __maybe_unused show(struct seq_file *m, void *v) { seq_puts(m, "seq\\n"); return 0; }
      static ssize_t get(struct file *file, char __user *to, size_t count, loff_t *pos) { return 0; }
      static const struct proc_ops without = { .proc_read = get };
    `;
    const checks = [
      '(outer = register_sysctl("checks/outer", entries)) && (inner = register_sysctl("checks/outer/inner", entries))',
      'shows("/proc/sys/checks/outer/value", "7\\n") && use("/proc/sys/checks/outer/inner/value", "42\\n", 3) == 3 && value == 42',
      'use("/proc/sys/checks/outer/value", "100", 3) == -EINVAL && value == 42 && shows("/proc/sys/checks/outer/fixed", "42\\n")',
      'use("/proc/sys/checks/outer/fixed", "1", 1) == -EPERM && !register_sysctl("checks/outer", entries)',
      '!register_sysctl("checks", broken) && IS_ERR(filp_open("/proc/sys/checks/broken", O_RDONLY, 0))',
      '(point = register_sysctl_mount_point("checks/point")) && !register_sysctl("checks/point/in", entries)',
      '(unregister_sysctl_table(outer), shows("/proc/sys/checks/outer/inner/value", "42\\n"))',
      '(unregister_sysctl_table(inner), filp_open("/proc/sys/checks/outer", O_RDONLY, 0) == ERR_PTR(-ENOENT))',
      '(unregister_sysctl_table(point), filp_open("/proc/sys/checks", O_RDONLY, 0) == ERR_PTR(-ENOENT))',
      // A file that only user memory can be read into.
      'proc_create("without", 0444, NULL, &without) && use("/proc/without", NULL, 7) == -EINVAL',
      // A sequence can be read by the kernel itself as well.
      ...(existsSync(kernelFile("fs/seq_file.c"))
        ? ['proc_create_single("seq", 0444, NULL, show) && shows("/proc/seq", "seq\\n")']
        : []),
    ];
    await expectChecks(module(["sysctl", "fs", "err", "proc_fs", "seq_file", "string", "uio"], code, checks));
  });

  it("work for an interrupt; loops that wait for jiffies", { timeout: 300_000 }, async () => {
    const code = `
      static int ran;
      static void raise(struct irq_work *work) { ran++; }
      static DEFINE_IRQ_WORK(work, raise);
      static bool loop(int (*pause)(void))
      {
        unsigned long end = jiffies + 10;

        while (time_before(jiffies, end))
          pause();
        return jiffies - end < 2;
      }
      static int relax(void) { cpu_relax(); return 0; }
      static int reschedule(void) { return cond_resched(); }
    `;
    const checks = [
      "irq_work_queue(&work) && !irq_work_queue(&work) && ran == 0",
      "(irq_work_sync(&work), ran == 1) && !irq_work_is_pending(&work)",
      "loop(relax) && loop(reschedule)",
    ];
    await expectChecks(module(["irq_work", "jiffies", "processor", "sched"], code, checks));
  });
});
