/** Like the kernel's lib/test_vmalloc.c, which cannot be here, in its parameters and in what it prints. */
export const BENCHMARK = `
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
static int nr_threads, test_loop_count, run_test_mask;
module_param(nr_threads, int, 0444);
module_param(test_loop_count, int, 0444);
module_param(run_test_mask, int, 0444);
static DECLARE_COMPLETION(done);
static u64 took[2];

static int measure(void *number)
{
	u64 start = ktime_get();

	for (int i = 0; i < test_loop_count; i++)
		vfree(vmalloc(PAGE_SIZE));
	took[(long)number] = ktime_get() - start;
	complete(&done);
	return 0;
}

static int __init start(void)
{
	for (long i = 0; i < nr_threads; i++)
		kthread_run(measure, (void *)i, "worker%ld", i);
	for (int i = 0; i < nr_threads; i++)
		wait_for_completion(&done);
	for (int i = 0; i < nr_threads && run_test_mask & 1; i++)
		pr_info("Summary: fix_size_alloc_test passed: %d failed: %d repeat: 1 loops: %d avg: %llu usec\\n",
			nr_threads == 1, nr_threads != 1, test_loop_count, took[i] / 1000);
	return -EAGAIN;
}
module_init(start);
`;
