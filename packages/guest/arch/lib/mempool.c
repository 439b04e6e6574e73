/* SPDX-License-Identifier: MIT */
/* Elements that an allocator on top of another keeps: the machine's functions, by the names behind a kernel's inline functions. */
#include <kasan/machine.h>
#include <linux/kasan.h>
#include <linux/mm.h>

bool machine_poison_object(void *ptr) machine_function(kasan_mempool_poison_object);
void machine_unpoison_object(void *ptr, size_t size) machine_function(kasan_mempool_unpoison_object);
bool machine_poison_pages(struct page *page, unsigned int order) machine_function(kasan_mempool_poison_pages);
void machine_unpoison_pages(struct page *page, unsigned int order) machine_function(kasan_mempool_unpoison_pages);

bool __kasan_mempool_poison_object(void *ptr, unsigned long ip)
{
	return machine_poison_object(ptr);
}

void __kasan_mempool_unpoison_object(void *ptr, size_t size, unsigned long ip)
{
	machine_unpoison_object(ptr, size);
}

bool __kasan_mempool_poison_pages(struct page *page, unsigned int order, unsigned long ip)
{
	return machine_poison_pages(page, order);
}

void __kasan_mempool_unpoison_pages(struct page *page, unsigned int order, unsigned long ip)
{
	machine_unpoison_pages(page, order);
}
