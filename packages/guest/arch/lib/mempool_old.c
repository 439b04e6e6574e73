/* SPDX-License-Identifier: MIT */
/* What a mempool's elements were kept and handed out again with before 6.8: the machine's functions, by older names. */
#include <kasan/machine.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/version.h>

bool machine_poison_object(void *ptr) machine_function(kasan_mempool_poison_object);
void machine_unpoison_object(void *ptr, size_t size) machine_function(kasan_mempool_unpoison_object);
bool machine_poison_pages(struct page *page, unsigned int order) machine_function(kasan_mempool_poison_pages);
void machine_unpoison_pages(struct page *page, unsigned int order) machine_function(kasan_mempool_unpoison_pages);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0)

void __kasan_slab_free_mempool(void *ptr, unsigned long ip)
{
	machine_poison_object(ptr);
}

void __kasan_unpoison_range(const void *addr, size_t size)
{
	machine_unpoison_object((void *)addr, size);
}

void __kasan_poison_pages(struct page *page, unsigned int order, bool init)
{
	machine_poison_pages(page, order);
}

/* Since 6.3, it says whether it did: not all pages are sampled with hardware tags. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
bool __kasan_unpoison_pages(struct page *page, unsigned int order, bool init)
{
	machine_unpoison_pages(page, order);
	return true;
}
#else
void __kasan_unpoison_pages(struct page *page, unsigned int order, bool init)
{
	machine_unpoison_pages(page, order);
}
#endif

#else

void kasan_poison_kfree(void *ptr, unsigned long ip)
{
	machine_poison_object(ptr);
}

void kasan_unpoison_shadow(const void *address, size_t size)
{
	machine_unpoison_object((void *)address, size);
}

void kasan_alloc_pages(struct page *page, unsigned int order)
{
	machine_unpoison_pages(page, order);
}

void kasan_free_pages(struct page *page, unsigned int order)
{
	machine_poison_pages(page, order);
}

#endif
