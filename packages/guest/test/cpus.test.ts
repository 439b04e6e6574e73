import { describe, expect, test } from "vitest";
import { type Ran, type RunSettings, runFiles, withFiles } from "./harness.ts";

const runC = (source: string, settings: RunSettings): Promise<Ran> =>
  withFiles({ "test.c": source }, (paths) => runFiles(paths, settings));

const HEAD = `
#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
MODULE_LICENSE("GPL");
`;

describe.each([1, 2, 4])("%i CPUs", (cpus) => {
  test("locks and atomics keep counts; per-CPU counts add up", async () => {
    const { lines, reports, stopped } = await runC(
      `${HEAD}
static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(mutex);
static DEFINE_PER_CPU(int, own);
static int by_spin, by_mutex;
static atomic_t by_atomic = ATOMIC_INIT(0);

static int count(void *data)
{
	for (int i = 0; i < 5000; i++) {
		spin_lock(&spin);
		by_spin++;
		spin_unlock(&spin);
		mutex_lock(&mutex);
		by_mutex++;
		mutex_unlock(&mutex);
		atomic_inc(&by_atomic);
		this_cpu_inc(own);
	}
	while (!kthread_should_stop())
		msleep(10);
	return smp_processor_id();
}

static int __init start(void)
{
	struct task_struct *tasks[4];
	int cpu, all = 0, cpus = 0;

	for (int i = 0; i < 4; i++)
		tasks[i] = kthread_run(count, NULL, "count/%d", i);
	/* kthread_stop() of a thread that has not run yet keeps it from running. */
	while (atomic_read(&by_atomic) < 20000)
		msleep(1);
	for (int i = 0; i < 4; i++)
		cpus |= 1 << kthread_stop(tasks[i]);
	for_each_online_cpu(cpu)
		all += per_cpu(own, cpu);
	pr_info("%d %d %d %d on %x of %d\\n", by_spin, by_mutex, atomic_read(&by_atomic), all, cpus, num_online_cpus());
	return 0;
}
module_init(start);`,
      { cpus },
    );
    expect(reports).toEqual([]);
    expect(stopped).toBeUndefined();
    expect(lines).toEqual([`20000 20000 20000 20000 on ${(2 ** cpus - 1).toString(16)} of ${cpus}`]);
  });

  test("who waits is woken: completions, work, RCU, sleep", async () => {
    const { lines, stopped } = await runC(
      `${HEAD}
static DECLARE_COMPLETION(ping);
static DECLARE_COMPLETION(pong);
static int worked, freed;
static void work(struct work_struct *unused) { worked++; msleep(2); }
static struct late { struct rcu_head head; } *late;
static void free_late(struct rcu_head *head) { kfree(container_of(head, struct late, head)); freed++; }

static int answer(void *data)
{
	for (int i = 0; i < 200; i++) {
		wait_for_completion(&ping);
		complete(&pong);
	}
	return 0;
}

static int __init start(void)
{
	struct work_struct works[3];

	kthread_run(answer, NULL, "answer");
	for (int i = 0; i < 200; i++) {
		complete(&ping);
		wait_for_completion(&pong);
	}
	for (int i = 0; i < 3; i++) {
		INIT_WORK_ONSTACK(&works[i], work);
		schedule_work(&works[i]);
	}
	for (int i = 0; i < 3; i++)
		flush_work(&works[i]);
	for (int i = 0; i < 10; i++) {
		late = kmalloc(sizeof(*late), GFP_KERNEL);
		call_rcu(&late->head, free_late);
	}
	rcu_barrier();
	pr_info("worked %d, freed %d\\n", worked, freed);
	return 0;
}
module_init(start);`,
      { cpus },
    );
    expect(stopped).toBeUndefined();
    expect(lines).toEqual(["worked 3, freed 10"]);
  });

  test("work that waits for work behind it", async () => {
    const { lines, stopped } = await runC(
      `${HEAD}
static struct work_struct first, second, warm;
static void nothing(struct work_struct *unused) { }
static void wait_for_second(struct work_struct *unused) { flush_work(&second); pr_info("first\\n"); }
static void last(struct work_struct *unused) { pr_info("second\\n"); }
static int __init start(void)
{
	INIT_WORK(&warm, nothing);
	INIT_WORK(&first, wait_for_second);
	INIT_WORK(&second, last);
	/* One worker, idle. */
	schedule_work(&warm);
	flush_work(&warm);
	schedule_work(&first);
	schedule_work(&second);
	flush_work(&first);
	return 0;
}
module_init(start);`,
      { cpus },
    );
    expect(stopped).toBeUndefined();
    expect(lines).toEqual(["second", "first"]);
  });

  test("what is cancelled does not run any more, though it sets itself again", async () => {
    const { lines, reports, stopped } = await runC(
      `${HEAD}
struct item {
	struct work_struct work;
	struct delayed_work delayed;
	struct timer_list timer;
	int runs;
};
static void again(struct work_struct *work)
{
	struct item *item = container_of(work, struct item, work);

	item->runs++;
	usleep_range(100, 200);
	schedule_work(work);
}
static void again_later(struct work_struct *work)
{
	struct item *item = container_of(to_delayed_work(work), struct item, delayed);

	item->runs++;
	usleep_range(100, 200);
	schedule_delayed_work(&item->delayed, item->runs % 2);
}
static void ring_again(struct timer_list *timer)
{
	struct item *item = from_timer(item, timer, timer);

	WRITE_ONCE(item->runs, item->runs + 1);
	mod_timer(timer, jiffies);
}
static bool cancel(struct item *item)
{
	bool set = false;

	while (READ_ONCE(item->runs) < 3)
		usleep_range(50, 100);
	set |= cancel_work_sync(&item->work);
	set |= cancel_delayed_work_sync(&item->delayed);
	set |= timer_delete_sync(&item->timer);
	set |= work_pending(&item->work) || delayed_work_pending(&item->delayed) || timer_pending(&item->timer);
	return set;
}
static int __init start(void)
{
	int once = 0, twice = 0;

	for (int i = 0; i < 150; i++) {
		struct item *item = kzalloc(sizeof(*item), GFP_KERNEL);

		INIT_WORK(&item->work, again);
		INIT_DELAYED_WORK(&item->delayed, again_later);
		timer_setup(&item->timer, ring_again, 0);
		if (i % 3 == 0)
			schedule_work(&item->work);
		else if (i % 3 == 1)
			schedule_delayed_work(&item->delayed, 1);
		else
			mod_timer(&item->timer, jiffies + 1);
		once += cancel(item);
		twice += cancel(item);
		kfree(item);
	}
	flush_scheduled_work();
	msleep(20);
	pr_info("set once %s, twice %d\\n", once < 150 ? "or not" : "always", twice);
	return 0;
}
module_init(start);`,
      { cpus },
    );
    expect(reports).toEqual([]);
    expect(stopped).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(/^set once .*, twice 0$/)]);
  });

  test("a bug in a thread is reported whole, as that task's", async () => {
    const { lines, reports } = await runC(
      `${HEAD}
static DECLARE_COMPLETION(done);
static atomic_t left = ATOMIC_INIT(4);

static int overrun(void *data)
{
	char *p = vmalloc(100);

	((volatile char *)p)[100 + (long)data] = 1;
	vfree(p);
	if (atomic_dec_and_test(&left))
		complete(&done);
	return 0;
}

static int __init start(void)
{
	for (long i = 0; i < 4; i++)
		kthread_run(overrun, (void *)(8 * i), "overrun/%ld", i);
	wait_for_completion(&done);
	return 0;
}
module_init(start);`,
      { cpus },
    );
    expect(reports.map(({ task }) => task.comm).sort()).toEqual(["overrun/0", "overrun/1", "overrun/2", "overrun/3"]);
    expect(new Set(reports.map(({ bugType }) => bugType))).toEqual(new Set(["vmalloc-out-of-bounds"]));
    // There is one report between two lines of "=".
    const bars = lines.flatMap((line, i) => (/^={60}/.test(line) ? i : []));
    expect(bars.length).toBe(8);
    for (let i = 0; i < 8; i += 2) {
      const whole = lines.slice(bars[i], bars[i + 1]);
      expect(whole.filter((line) => line.startsWith("BUG: KASAN"))).toHaveLength(1);
    }
  });

  test("what waits for ever is told so", async () => {
    const { lines, stopped } = await runC(
      `${HEAD}
static DECLARE_COMPLETION(never);
static int idle(void *data) { wait_for_completion(&never); return 0; }
static int __init start(void)
{
	kthread_run(idle, NULL, "idle");
	wait_for_completion(&never);
	return 0;
}
module_init(start);`,
      { cpus },
    );
    expect(stopped).toBe("panic");
    expect(lines.join("\n")).toMatch(/INFO: task \w+:\d+ blocked for ever in wait_for_completion/);
  });

  test("an oops ends its thread, a panic everything", async () => {
    const program = (then: string) => `${HEAD}
static int bad(void *data) { ${then} return 0; }
static int __init start(void)
{
	struct task_struct *t = kthread_create(bad, NULL, "bad");

	get_task_struct(t);
	wake_up_process(t);
	msleep(20);
	pr_info("came back with %d\\n", kthread_stop(t));
	return 0;
}
module_init(start);`;
    const oops = await runC(program("*(volatile int *)0x10 = 1;"), { cpus });
    expect(oops.lines.at(-1)).toBe("came back with 11");
    expect(oops.stopped).toBe("oops");
    const panic = await runC(program('panic("that is all");'), { cpus });
    expect(panic.stopped).toBe("panic");
    expect(panic.lines.join("\n")).not.toContain("came back");
  });
});
