/* SPDX-License-Identifier: MIT */
/* Stacks are the machine's. */
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched/debug.h>
#include <linux/kernel.h>
#include <linux/stacktrace.h>

void dump_stack_lvl(const char *log_lvl)
{
	dump_stack();
}

void show_stack(struct task_struct *task, unsigned long *sp, const char *loglvl)
{
	dump_stack();
}

unsigned int stack_trace_save(unsigned long *store, unsigned int size, unsigned int skipnr)
{
	unsigned int count = 0;
	void *address;

	while (count < size && (address = kasan_guest_return_address(count + skipnr)))
		store[count++] = (unsigned long)address;
	return count;
}

void stack_trace_print(const unsigned long *entries, unsigned int nr_entries, int spaces)
{
	for (unsigned int i = 0; i < nr_entries; i++)
		printk("%*c%pS\n", 1 + spaces, ' ', (void *)entries[i]);
}

int stack_trace_snprint(char *buf, size_t size, const unsigned long *entries, unsigned int nr_entries, int spaces)
{
	int total = 0;

	for (unsigned int i = 0; i < nr_entries && size; i++) {
		int length = snprintf(buf, size, "%*c%pS\n", 1 + spaces, ' ', (void *)entries[i]);

		total += length;
		length = min_t(size_t, length, size);
		buf += length;
		size -= length;
	}
	return total;
}

/* Nothing here runs below an interrupt. */
unsigned int filter_irq_stacks(unsigned long *entries, unsigned int nr_entries)
{
	return nr_entries;
}
