/* SPDX-License-Identifier: MIT */
/* CPUs come and go never: what is to be done when one comes up is done at once, on this one. */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/panic.h>
#include <linux/smp.h>
#include <linux/version.h>

int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke, int (*startup)(unsigned int cpu),
			int (*teardown)(unsigned int cpu), bool multi_instance)
{
	static int next = 1;
	unsigned int cpu;
	int error;

	if (invoke && startup)
		for_each_online_cpu(cpu) {
			error = startup(cpu);
			if (error)
				return error;
		}
	return state == CPUHP_AP_ONLINE_DYN || state == CPUHP_BP_PREPARE_DYN ? state + next++ : 0;
}

int __cpuhp_setup_state_cpuslocked(enum cpuhp_state state, const char *name, bool invoke,
				   int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu),
				   bool multi_instance)
{
	return __cpuhp_setup_state(state, name, invoke, startup, teardown, multi_instance);
}

void __cpuhp_remove_state(enum cpuhp_state state, bool invoke)
{
}

int __cpuhp_state_add_instance(enum cpuhp_state state, struct hlist_node *node, bool invoke)
{
	return 0;
}

int __cpuhp_state_remove_instance(enum cpuhp_state state, struct hlist_node *node, bool invoke)
{
	return 0;
}

/* What runs here runs on every CPU, if there is only this one. */
static void only_one_cpu(const char *function)
{
	if (num_online_cpus() > 1)
		panic("kasan: %s() of other CPUs is not there: run with --cpus 1", function);
}

/* A CPU that need not do it is not asked. */
void on_each_cpu_cond_mask(smp_cond_func_t cond_func, smp_call_func_t func, void *info, bool wait,
			   const struct cpumask *mask)
{
	int cpu, this_cpu = get_cpu();

	for_each_cpu_and(cpu, mask, cpu_online_mask) {
		if (cond_func && !cond_func(cpu, info))
			continue;
		if (cpu != this_cpu)
			only_one_cpu(__func__);
		func(info);
	}
	put_cpu();
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define WAIT bool wait
#else
#define WAIT int wait
#endif

int smp_call_function_single(int cpu, smp_call_func_t func, void *info, WAIT)
{
	only_one_cpu(__func__);
	func(info);
	return 0;
}

int smp_call_function_single_async(int cpu, call_single_data_t *csd)
{
	return smp_call_function_single(cpu, csd->func, csd->info, 0);
}

/* On all CPUs but this one. */
void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait)
{
	only_one_cpu(__func__);
}

void smp_call_function(smp_call_func_t func, void *info, int wait)
{
	only_one_cpu(__func__);
}

int stop_machine(int (*fn)(void *data), void *data, const struct cpumask *cpus)
{
	only_one_cpu(__func__);
	return fn(data);
}
