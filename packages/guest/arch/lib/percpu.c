/* SPDX-License-Identifier: MIT */
/* Memory of each CPU, by the names of versions before 6.10. */
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp);

void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	return pcpu_alloc_noprof(size, align, false, gfp);
}

void __percpu *__alloc_percpu(size_t size, size_t align)
{
	return pcpu_alloc_noprof(size, align, false, GFP_KERNEL);
}
#endif
