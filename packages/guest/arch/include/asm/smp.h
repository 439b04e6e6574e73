/* SPDX-License-Identifier: MIT */
#ifndef _ASM_SMP_H
#define _ASM_SMP_H

#define raw_smp_processor_id() kasan_guest_cpu()

struct cpumask;
void smp_send_reschedule(int cpu);
void arch_smp_send_reschedule(int cpu);
void arch_send_call_function_single_ipi(int cpu);
void arch_send_call_function_ipi_mask(const struct cpumask *mask);

#endif
