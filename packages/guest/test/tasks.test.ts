import { describe, expect, it } from "vitest";
import { runFiles, withFiles } from "./harness.ts";

const run = (body: string, code = "", settings = {}) =>
  withFiles(
    {
      "tasks.c": `
        #include <linux/delay.h>
        #include <linux/kthread.h>
        #include <linux/mempool.h>
        #include <linux/mman.h>
        #include <linux/module.h>
        #include <linux/set_memory.h>
        #include <linux/slab.h>
        #include <linux/uaccess.h>
        #include <linux/vmalloc.h>
        #include <linux/workqueue.h>
        #include <trace/events/printk.h>
        ${code}
        static int __init start(void) { ${body} return 0; }
        module_init(start);`,
    },
    (paths) => runFiles(paths, settings),
  );
const said = (lines: readonly string[]) => lines.filter((line) => line.startsWith("> "));

describe("timers", () => {
  const DEVICE = `#include <linux/timer.h>
    static struct device_state { long before[20]; struct timer_list timer; } *device;
    static struct timer_list others[300];
    static int fired;
    static void fire(struct timer_list *timer) { fired++; }
    static void stamp(struct timer_list *timer) { fired++; if (jiffies != timer->expires) pr_info("> late\\n"); }`;

  it("that were freed are written to by who takes them, and by nobody else", async () => {
    const { reports, lines } = await run(
      `device = kzalloc(sizeof(*device), GFP_KERNEL);
       timer_setup(&device->timer, fire, 0);
       timer_setup(&others[0], fire, 0);
       timer_setup(&others[1], fire, 0);
       mod_timer(&others[0], jiffies + 2);
       mod_timer(&device->timer, jiffies + 5);
       kfree(device);
       mod_timer(&others[1], jiffies + 9);
       mod_timer(&others[0], jiffies + 3);
       timer_delete(&others[1]);
       pr_info("> sleep\\n");
       msleep(200);`,
      DEVICE,
    );
    expect(said(lines)).toEqual(["> sleep"]);
    const [first] = reports;
    expect([first?.function.symbol, first?.access.kind, first?.access.size]).toEqual(["__run_timer_base", "Write", 8n]);
    expect(first?.task.comm).toBe("ksoftirqd/0");
    expect(first?.callTrace.map(({ symbol }) => symbol)).toContain("run_timer_softirq");
  });

  it("fire in their tick, however many there are", async () => {
    const { reports, lines } = await run(
      `unsigned long now;

       for (int i = 0; i < 300; i++)
         timer_setup(&others[i], stamp, 0);
       now = jiffies;
       for (int i = 0; i < 300; i++)
         mod_timer(&others[i], now + 1 + i * 7 % 300);
       for (int i = 0; i < 300; i += 10)
         timer_delete(&others[i]);
       for (int i = 0; i < 400; i++)
         msleep(1000 / HZ);
       pr_info("> %d\\n", fired);`,
      DEVICE,
    );
    expect(reports).toEqual([]);
    expect(said(lines)).toEqual(["> 270"]);
  });
});

describe("threads", () => {
  it("run when another task waits, each with its own name, stack and end", async () => {
    const { lines } = await run(
      `struct task_struct *a = kthread_run(count, "a", "counter/%d", 1);
       struct task_struct *b = kthread_run(count, "b", "counter/%d", 2);
       pr_info("> started, in %s\\n", current->comm);
       msleep(1);
       pr_info("> %d %d\\n", kthread_stop(a), kthread_stop(b));`,
      `static int count(void *name)
       {
         int local;
         pr_info("> %s in %s, stack %s\\n", (char *)name, current->comm,
                 ((unsigned long)&local ^ (unsigned long)current) >> 32 ? "apart" : "shared");
         get_task_struct(current);
         return *(char *)name;
       }`,
    );
    expect(said(lines)).toEqual([
      "> started, in insmod",
      "> a in counter/1, stack apart",
      "> b in counter/2, stack apart",
      "> 97 98",
    ]);
  });

  it("are reported by their names and call traces", async () => {
    const { reports } = await run(
      `char *p = kmalloc(8, GFP_KERNEL);
       kfree(p);
       kthread_run(use, p, "late user");
       msleep(1);`,
      "static int use(void *p) { return *(volatile char *)p; }",
    );
    expect(reports[0]?.task.comm).toBe("late user");
    expect(reports[0]?.callTrace.slice(-4).map(({ symbol }) => symbol)).toEqual([
      "use",
      "kthread",
      "ret_from_fork",
      "ret_from_fork_asm",
    ]);
    expect(reports[0]?.allocated?.pid).toBe(100);
  });

  it("that never start are stopped without having run", async () => {
    const { lines } = await run(
      `struct task_struct *t = kthread_create(never, NULL, "never");
       pr_info("> %d\\n", kthread_stop(t));`,
      'static int never(void *p) { pr_info("> ran\\n"); return 0; }',
    );
    expect(said(lines)).toEqual(["> -4"]);
  });

  it("end where they say so, whatever is on their stack", async () => {
    const { lines, stopped } = await run(
      `DECLARE_COMPLETION_ONSTACK(done);
       kthread_run(deep, &done, "deep");
       wait_for_completion(&done);
       pr_info("> done\\n");`,
      `static noinline void sink(void *done, int depth)
       {
         volatile char frame[64];
         frame[depth] = 1;
         if (depth == 20) kthread_complete_and_exit(done, 0);
         sink(done, depth + 1);
         frame[0]++;
       }
       static int deep(void *done) { sink(done, 0); return 0; }`,
    );
    expect(said(lines)).toEqual(["> done"]);
    expect(stopped).toBeUndefined();
  });

  it("die alone of an oops, which makes it a crash", async () => {
    const { lines, stopped } = await run(
      `kthread_run(crash, NULL, "crasher");
       msleep(1);
       pr_info("> alive\\n");`,
      "static int crash(void *p) { return *(volatile int *)p; }",
    );
    expect(said(lines)).toEqual(["> alive"]);
    expect(stopped).toBe("oops");
    expect(lines.some((line) => /Comm: crasher/.test(line))).toBe(true);
  });

  it("are refused when there are too many", async () => {
    const { lines } = await run(
      `struct task_struct *t;
       int made = 0;
       while (!IS_ERR(t = kthread_create(nothing, NULL, "t%d", made))) made++;
       pr_info("> %d then %ld\\n", made, PTR_ERR(t));`,
      "static int nothing(void *p) { return 0; }",
    );
    expect(said(lines)).toEqual(["> 62 then -12"]);
  });
});

describe("work and RCU callbacks", () => {
  it("run as tasks of their own, and leave a trace in the objects that they free", async () => {
    const { reports, lines } = await run(
      `struct item *item = kmalloc(sizeof(*item), GFP_KERNEL);
       INIT_WORK(&item->work, free_item);
       schedule_work(&item->work);
       flush_scheduled_work();
       item->value++;
       item = kmalloc(sizeof(*item), GFP_KERNEL);
       call_rcu(&item->rcu, free_rcu_item);
       rcu_barrier();
       item->value++;`,
      `struct item { struct work_struct work; struct rcu_head rcu; int value; };
       static void free_item(struct work_struct *work)
       {
         pr_info("> %s\\n", current->comm);
         kfree(container_of(work, struct item, work));
       }
       static void free_rcu_item(struct rcu_head *rcu)
       {
         pr_info("> %s\\n", current->comm);
         kfree(container_of(rcu, struct item, rcu));
       }`,
    );
    expect(said(lines)).toEqual(["> kworker/0:0", "> ksoftirqd/0"]);
    const functions = (frames: readonly { symbol?: string }[] | undefined) => frames?.map(({ symbol }) => symbol);
    const aux = reports.filter(({ access }) => access.kind === "Read").map((report) => functions(report.aux?.[0]));
    expect(aux[0]?.slice(0, 3)).toEqual(["kasan_save_stack", "__kasan_record_aux_stack", "insert_work"]);
    expect(aux[1]?.slice(0, 3)).toEqual(["kasan_save_stack", "__kasan_record_aux_stack", "call_rcu"]);
    const freed = reports
      .filter(({ access }) => access.kind === "Read")
      .map((report) => functions(report.freed?.stack));
    expect(freed[0]).toContain("worker_thread");
    expect(freed[1]).toContain("rcu_core");
  });

  it("give memory back to a task that never waits, when it is short", async () => {
    const { lines } = await run(
      `int failed = 0, later = 0;
       for (int i = 0; i < 200; i++) {
         struct big *big = kmalloc(sizeof(*big), GFP_KERNEL);
         if (!big) failed++;
         else kfree_rcu(big, rcu);
       }
       for (int i = 0; i < 200; i++) {
         struct big *big = kmalloc(sizeof(*big), GFP_NOWAIT);
         if (!big) later++;
         else kfree_rcu(big, rcu);
       }
       pr_info("> %d failed, %d of those that must not wait\\n", failed, later > 0);`,
      "struct big { struct rcu_head rcu; char bytes[1 << 20]; };",
    );
    expect(said(lines)).toEqual(["> 0 failed, 1 of those that must not wait"]);
  });

  it("are waited for by a cache that goes, if kfree_rcu() asked for them", async () => {
    const { lines } = await run(
      `struct kmem_cache *cache = kmem_cache_create("waits", sizeof(struct item), 0, 0, NULL);
       struct item *item = kmem_cache_alloc(cache, GFP_KERNEL);
       kfree_rcu(item, rcu);
       kmem_cache_destroy(cache);
       cache = kmem_cache_create("does_not", sizeof(struct item), 0, 0, NULL);
       item = kmem_cache_alloc(cache, GFP_KERNEL);
       item->cache = cache;
       call_rcu(&item->rcu, put);
       kmem_cache_destroy(cache);`,
      `struct item { struct rcu_head rcu; struct kmem_cache *cache; };
       static void put(struct rcu_head *head) {
         struct item *item = container_of(head, struct item, rcu);
         kmem_cache_free(item->cache, item);
       }`,
    );
    const remaining = lines.filter((line) => line.includes("Objects remaining"));
    expect(remaining).toEqual([expect.stringContaining("BUG does_not (")]);
  });

  it("do not wear out the stack of a worker on which softirqs ran while it waited", async () => {
    const { lines } = await run(
      `for (int i = 0; i < 500; i++) {
         schedule_work(&work);
         mod_timer(&timer, jiffies + 1);
         msleep(20);
       }
       pr_info("> fired %d times, the stack moved %d times\\n", fired, moved);`,
      `static int fired, moved;
       static void at_once(struct work_struct *unused)
       {
         static unsigned long first;
         int local;
         if (!first) first = (unsigned long)&local;
         moved += first != (unsigned long)&local;
       }
       static void in_time(struct timer_list *unused) { fired++; }
       static DECLARE_WORK(work, at_once);
       static DEFINE_TIMER(timer, in_time);`,
    );
    expect(said(lines)).toEqual(["> fired 500 times, the stack moved 0 times"]);
  });

  it("objects of a SLAB_TYPESAFE_BY_RCU cache may be read for a grace period", async () => {
    const { reports } = await run(
      `struct kmem_cache *cache = kmem_cache_create("safe", 64, 0, SLAB_TYPESAFE_BY_RCU, NULL);
       volatile char *p = kmem_cache_alloc(cache, GFP_KERNEL);
       rcu_read_lock();
       kmem_cache_free(cache, (void *)p);
       p[0];
       rcu_read_unlock();
       synchronize_rcu();
       p[1];
       kmem_cache_destroy(cache);`,
    );
    expect(reports.map(({ access }) => access.address & 7n)).toEqual([1n]);
    expect(reports[0]?.aux?.length).toBe(1);
  });
});

describe("mempools", () => {
  it("keep elements back, poisoned, and give them out when the allocator has none", async () => {
    const { reports, lines } = await run(
      `mempool_t *pool = mempool_create_kmalloc_pool(2, 40);
       char *p = mempool_alloc_preallocated(pool), *q = mempool_alloc_preallocated(pool);
       pr_info("> %d %d\\n", pool->curr_nr, mempool_alloc_preallocated(pool) == NULL);
       p[39] = 1;
       mempool_free(p, pool);
       ((volatile char *)p)[0];
       mempool_free(q, pool);
       mempool_resize(pool, 5);
       pr_info("> %d\\n", pool->curr_nr);
       mempool_destroy(pool);`,
    );
    expect(said(lines)).toEqual(["> 0 1", "> 5"]);
    expect(reports.map(({ bugType }) => bugType)).toEqual(["slab-use-after-free"]);
  });
});

describe("mappings", () => {
  it("can be made read-only, which their other view of the page feels too", async () => {
    const { lines, stopped } = await run(
      `char *p = vmalloc(PAGE_SIZE);
       char *alias = page_address(vmalloc_to_page(p));
       pr_info("> %d\\n", set_memory_ro((unsigned long)p, 1));
       pr_info("> %d\\n", set_memory_rw((unsigned long)p, 1));
       p[0] = alias[1] = 1;
       pr_info("> %d %d\\n", set_memory_ro(0x1000, 1), set_memory_ro((unsigned long)p, 3));
       set_memory_ro((unsigned long)p, 1);
       alias[0] = 2;`,
    );
    expect(said(lines)).toEqual(["> 0", "> 0", "> -22 -22"]);
    expect(stopped).toBe("oops");
    expect(lines.some((line) => line.includes("permissions violation"))).toBe(true);
  });

  it("vm_map_ram shows pages in a row", async () => {
    const { lines, reports } = await run(
      `struct page *pages[2] = { alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL) };
       char *p = vm_map_ram(pages, 2, NUMA_NO_NODE);
       p[PAGE_SIZE] = 7;
       pr_info("> %d\\n", *(char *)page_address(pages[1]));
       vm_unmap_ram(p, 2);
       __free_page(pages[0]);
       __free_page(pages[1]);`,
    );
    expect(said(lines)).toEqual(["> 7"]);
    expect(reports).toEqual([]);
  });
});

describe("user memory", () => {
  it("is copied from and to, as far as it goes", async () => {
    const { lines, reports } = await run(
      `char __user *user = (char __user *)vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
       char *p = kmalloc(16, GFP_KERNEL);
       char c = 5;
       memset(p, 'x', 16);
       p[15] = 0;
       pr_info("> %lu %d\\n", copy_to_user(user, p, 16), put_user(c, user + 1));
       pr_info("> %lu %.3s\\n", copy_from_user(p, user, 16), p);
       pr_info("> %lu\\n", copy_to_user(user + PAGE_SIZE - 4, p, 16));
       pr_info("> %lu %d\\n", copy_from_user(p, user + PAGE_SIZE - 4, 16), p[8]);
       pr_info("> %ld %ld\\n", strncpy_from_user(p, user, 16), strnlen_user(user, 100));
       pr_info("> %lu\\n", copy_from_user(p, (void *)PAGE_OFFSET, 8));
       if (copy_from_user(p, user, 17)) pr_info("> not reached\\n");
       pr_info("> %d %d\\n", vm_munmap((unsigned long)user, PAGE_SIZE), get_user(c, user));`,
    );
    expect(said(lines)).toEqual(["> 0 0", "> 0 x\u0005x", "> 12", "> 12 0", "> 15 16", "> 8", "> 0 -14"]);
    expect(reports.map(({ access, function: { symbol } }) => [access.kind, access.size, symbol])).toEqual([
      ["Write", 17n, "_copy_from_user"],
    ]);
  });
});

it("a probe of the console sees each line", async () => {
  const { lines } = await run(
    `register_trace_console(probe, "seen");
     pr_info("one\\n");
     pr_info("two\\n");
     unregister_trace_console(probe, "seen");
     pr_info("three\\n");
     pr_info("> %d\\n", count);`,
    "static int count; static void probe(void *data, const char *text, size_t len) { count += len; }",
  );
  expect(said(lines)).toEqual(["> 6"]);
});

describe("a clock of real time", () => {
  const body = `
    u64 start = ktime_get_ns();
    unsigned long ticks = jiffies;
    msleep(20);
    pr_info("> slept %d %d\\n", ktime_get_ns() - start >= 20000000, time_after(jiffies, ticks + 3));
    start = ktime_get_ns();
    udelay(50);
    pr_info("> waited %d\\n", ktime_get_ns() - start >= 50000);
    pr_info("> %d\\n", kthread_stop(kthread_run(sleeper, NULL, "sleeper")));
    pr_info("> timeout %d\\n", schedule_timeout_uninterruptible(2) == 0);`;
  const code = `static int sleeper(void *p)
    {
      while (!kthread_should_stop()) msleep(1);
      return 3;
    }`;

  for (const cpus of [1, 2]) {
    it(`is waited for by ${cpus} CPUs`, async () => {
      const before = performance.now();
      const { lines } = await run(body, code, { clock: "real", cpus });
      expect(performance.now() - before).toBeGreaterThan(20);
      expect(said(lines).filter((line) => !/^> (3|-4)$/.test(line))).toEqual([
        "> slept 1 1",
        "> waited 1",
        "> timeout 1",
      ]);
    });
  }

  it("does not keep a deadlock from being found", async () => {
    const { lines, stopped } = await run("DECLARE_COMPLETION_ONSTACK(c); wait_for_completion(&c);", "", {
      clock: "real",
    });
    expect(stopped).toBe("panic");
    expect(lines.some((line) => line.includes("blocked for ever"))).toBe(true);
  });
});

describe("per-CPU memory", () => {
  const code = `
    #define OBJECTS 12
    static int use(void *failed)
    {
      void __percpu *objects[OBJECTS];
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < OBJECTS; i++)
          if (!(objects[i] = __alloc_percpu(32 << 10, 8)))
            atomic_inc(failed);
        for (int i = 0; i < OBJECTS; i++)
          free_percpu(objects[i]);
      }
      return 3;
    }
    static struct task_struct *start_user(void *failed)
    {
      struct task_struct *task = kthread_run(use, failed, "user");
      get_task_struct(task);
      return task;
    }`;
  const body = `
    atomic_t failed = ATOMIC_INIT(0);
    struct task_struct *a = start_user(&failed), *b = start_user(&failed);
    msleep(1);
    kthread_stop(a);
    kthread_stop(b);
    pr_info("> %d failed\\n", atomic_read(&failed));`;

  it.each([1, 2])("comes and goes on %d CPUs, though addresses that were freed wait for a purge", async (cpus) => {
    const { lines } = await run(body, `#include <linux/percpu.h>\n${code}`, { cpus });
    expect(said(lines)).toEqual(["> 0 failed"]);
  });
});
