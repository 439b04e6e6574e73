// Several CPUs use memory of all kinds at once: each thread writes its own pattern into what it allocates,
// and later checks, or makes another thread check, that it is still there. Everything is freed in the end.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

static int loops = 200;
module_param(loops, int, 0);
static int workers = 4;
module_param(workers, int, 0);
static int seed = 1;
module_param(seed, int, 0);

#define KEPT 16
#define SHARED 8
#define MAX_PAGES 24

// Memory with a pattern: a word at the start of each page, computed from the tag and the page's number.
struct item {
	unsigned long *data;
	unsigned long tag;
	size_t size;
	bool is_vmalloc;
	struct work_struct work;
	struct rcu_head rcu;
};

static struct item __rcu *published;
static struct item *shared[SHARED];
static DEFINE_SPINLOCK(shared_lock);
static DEFINE_MUTEX(publish_lock);
static atomic_t wrong = ATOMIC_INIT(0), by_work = ATOMIC_INIT(0), by_rcu = ATOMIC_INIT(0), short_of = ATOMIC_INIT(0);
static atomic_long_t operations = ATOMIC_LONG_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(all_done);
static atomic_t running = ATOMIC_INIT(0), by_timer = ATOMIC_INIT(0);

// A timer, and the data that its function uses until the timer is deleted.
struct alarm {
	struct timer_list timer;
	unsigned long *count;
};

static size_t step_of(const struct item *item)
{
	return item->is_vmalloc ? PAGE_SIZE / sizeof(long) : 1;
}

static size_t words_of(const struct item *item)
{
	return item->size / sizeof(long);
}

static void fill(struct item *item)
{
	for (size_t i = 0; i < words_of(item); i += step_of(item))
		item->data[i] = item->tag ^ i;
	item->data[words_of(item) - 1] = item->tag ^ (words_of(item) - 1);
}

static void check(const struct item *item, const char *who)
{
	for (size_t i = 0; i < words_of(item); i += step_of(item)) {
		unsigned long found = READ_ONCE(item->data[i]);

		if (found == (item->tag ^ i))
			continue;
		atomic_inc(&wrong);
		pr_err("> %s: %px + %zx holds %lx, not %lx\n", who, item->data, i * sizeof(long), found, item->tag ^ i);
		return;
	}
}

static void release(struct item *item, const char *who)
{
	check(item, who);
	if (item->is_vmalloc)
		vfree(item->data);
	else
		kfree(item->data);
	kfree(item);
}

static void release_by_work(struct work_struct *work)
{
	atomic_inc(&by_work);
	release(container_of(work, struct item, work), "work");
}

static void release_by_rcu(struct rcu_head *rcu)
{
	atomic_inc(&by_rcu);
	if (strncmp(current->comm, "ksoftirqd/", 10)) {
		pr_err("> a callback runs as %s\n", current->comm);
		atomic_inc(&wrong);
	}
	release(container_of(rcu, struct item, rcu), "rcu");
}

static struct item *make(struct rnd_state *random)
{
	struct item *item = kmalloc(sizeof(*item), GFP_KERNEL);
	u32 number = prandom_u32_state(random);

	if (!item) {
		atomic_inc(&short_of);
		return NULL;
	}
	item->is_vmalloc = number % 4 != 0;
	item->size = item->is_vmalloc ? (1 + (number >> 8) % MAX_PAGES) * PAGE_SIZE - (number & 0xff8)
				      : 8 + ((number >> 8) % 2048 & ~7);
	item->tag = prandom_u32_state(random) * 0x100000001ul;
	item->data = item->is_vmalloc ? vmalloc(item->size) : kmalloc(item->size, GFP_KERNEL);
	if (!item->data) {
		atomic_inc(&short_of);
		kfree(item);
		return NULL;
	}
	INIT_WORK(&item->work, release_by_work);
	fill(item);
	return item;
}

// Publishes an item to all threads. Returns the item that was there.
static struct item *swap_shared(struct item *item, u32 place)
{
	struct item *before;

	spin_lock(&shared_lock);
	before = shared[place % SHARED];
	shared[place % SHARED] = item;
	spin_unlock(&shared_lock);
	return before;
}

static void publish(struct item *item)
{
	struct item *before;

	mutex_lock(&publish_lock);
	before = rcu_dereference_protected(published, 1);
	rcu_assign_pointer(published, item);
	mutex_unlock(&publish_lock);
	if (before)
		call_rcu(&before->rcu, release_by_rcu);
}

static void read_published(void)
{
	struct item *item;

	rcu_read_lock();
	item = rcu_dereference(published);
	if (item)
		check(item, "reader");
	rcu_read_unlock();
}

static void ring(struct timer_list *timer)
{
	struct alarm *alarm = from_timer(alarm, timer, timer);

	WRITE_ONCE(*alarm->count, *alarm->count + 1);
	atomic_inc(&by_timer);
	mod_timer(timer, jiffies + 1);
}

static struct alarm *set_alarm(void)
{
	struct alarm *alarm = kmalloc(sizeof(*alarm), GFP_KERNEL);

	if (!alarm)
		return NULL;
	alarm->count = kzalloc(sizeof(*alarm->count), GFP_KERNEL);
	timer_setup(&alarm->timer, ring, 0);
	if (alarm->count)
		mod_timer(&alarm->timer, jiffies + 1);
	return alarm;
}

static void stop_alarm(struct alarm *alarm)
{
	if (!alarm)
		return;
	timer_delete_sync(&alarm->timer);
	kfree(alarm->count);
	kfree(alarm);
}

static int release_in_thread(void *item)
{
	release(item, "thread");
	if (atomic_dec_and_test(&running))
		wake_up(&all_done);
	return 0;
}

// Ends before the item's owner continues, or later.
static void give_to_thread(struct item *item, bool wait)
{
	struct task_struct *task = kthread_create(release_in_thread, item, "release");
	struct completion *ended;

	if (IS_ERR(task)) {
		release(item, "owner, without thread");
		return;
	}
	if (wait)
		get_task_struct(task);
	ended = task->vfork_done;
	atomic_inc(&running);
	wake_up_process(task);
	if (!wait)
		return;
	wait_for_completion(ended);
	put_task_struct(task);
}

static void operate(struct rnd_state *random, struct item **kept)
{
	u32 number = prandom_u32_state(random);
	u32 place = (number >> 8) % KEPT;
	struct item *item = kept[place];

	kept[place] = NULL;
	if (!item)
		item = make(random);
	if (!item)
		return;
	switch (number % 8) {
	case 0:
		schedule_work(&item->work);
		break;
	case 1:
		publish(item);
		break;
	case 2:
	case 3:
		item = swap_shared(item, number >> 16);
		if (item)
			release(item, "other thread");
		break;
	case 4:
		kept[place] = item;
		check(item, "owner");
		read_published();
		break;
	case 5:
		release(item, "owner");
		cond_resched();
		break;
	case 6:
		if (number >> 28)
			kept[place] = item;
		else
			give_to_thread(item, number >> 27 & 1);
		break;
	default:
		kept[place] = item;
	}
}

static int work_on(void *argument)
{
	unsigned long number = (unsigned long)argument;
	struct item *kept[KEPT] = {};
	struct alarm *alarm = set_alarm();
	struct rnd_state random;

	prandom_seed_state(&random, ((u64)seed << 32) + number * 7919 + 1);
	for (int i = 0; i < loops; i++) {
		operate(&random, kept);
		if (i % 64 == 63)
			usleep_range(1, 20);
		if (i % 256 == 255) {
			stop_alarm(alarm);
			alarm = set_alarm();
		}
		atomic_long_inc(&operations);
	}
	for (int i = 0; i < KEPT; i++)
		if (kept[i])
			release(kept[i], "owner, at the end");
	stop_alarm(alarm);
	if (atomic_dec_and_test(&running))
		wake_up(&all_done);
	return 0;
}

static int __init stress_init(void)
{
	atomic_set(&running, workers);
	for (long i = 0; i < workers; i++) {
		struct task_struct *task = kthread_create(work_on, (void *)i, "stress/%ld", i);

		if (IS_ERR(task)) {
			pr_err("> no thread\n");
			return PTR_ERR(task);
		}
		kthread_bind(task, i % num_online_cpus());
		wake_up_process(task);
	}
	wait_event(all_done, atomic_read(&running) == 0);
	for (int i = 0; i < SHARED; i++) {
		struct item *item = swap_shared(NULL, i);

		if (item)
			release(item, "first task");
	}
	publish(NULL);
	rcu_barrier();
	flush_scheduled_work();
	/* Threads that have reported completion still have to exit. */
	msleep(10);
	pr_info("> %ld operations, %d wrong\n", atomic_long_read(&operations), atomic_read(&wrong));
	pr_info("> %s work, %s rcu, %s timers, short of memory %d times\n", atomic_read(&by_work) ? "some" : "no",
		atomic_read(&by_rcu) ? "some" : "no", atomic_read(&by_timer) ? "some" : "no", atomic_read(&short_of));
	return atomic_read(&wrong) ? -EIO : 0;
}
module_init(stress_init);

MODULE_LICENSE("GPL");
