/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MIN_HEAP_H
#define _LINUX_MIN_HEAP_H

#include <linux/bug.h>
#include <linux/string.h>
#include <linux/types.h>

/*
 * Binary heaps in an array of any type: the functions take the size of an element,
 * which the macros determine. less() returns which element belongs nearer to the top.
 */
#define MIN_HEAP_PREALLOCATED(_type, _name, _nr) \
	struct _name { \
		int nr; \
		int size; \
		_type *data; \
		_type preallocated[_nr]; \
	}
#define DEFINE_MIN_HEAP(_type, _name) MIN_HEAP_PREALLOCATED(_type, _name, 0)

typedef DEFINE_MIN_HEAP(char, min_heap_char) min_heap_char;

struct min_heap_callbacks {
	bool (*less)(const void *lhs, const void *rhs, void *args);
	void (*swp)(void *lhs, void *rhs, void *args);
};

#define __minheap_cast(_heap) (typeof((_heap)->data[0]) *)
#define __minheap_obj_size(_heap) sizeof((_heap)->data[0])

static __always_inline void __min_heap_init(min_heap_char *heap, void *data, int size)
{
	heap->nr = 0;
	heap->size = size;
	heap->data = data ?: heap->preallocated;
}

static __always_inline void *__min_heap_peek(struct min_heap_char *heap)
{
	return heap->nr ? heap->data : NULL;
}

static __always_inline bool __min_heap_full(min_heap_char *heap)
{
	return heap->nr == heap->size;
}

static __always_inline void __min_heap_sift_down(min_heap_char *heap, int pos, size_t elem_size,
						 const struct min_heap_callbacks *func, void *args)
{
	for (;;) {
		void *at = heap->data + pos * elem_size;
		int child = 2 * pos + 1;
		void *lesser = heap->data + child * elem_size;

		if (child >= heap->nr)
			break;
		if (child + 1 < heap->nr && func->less(lesser + elem_size, lesser, args)) {
			child++;
			lesser += elem_size;
		}
		if (!func->less(lesser, at, args))
			break;
		func->swp(at, lesser, args);
		pos = child;
	}
}

static __always_inline void __min_heap_sift_up(min_heap_char *heap, size_t elem_size, size_t idx,
					       const struct min_heap_callbacks *func, void *args)
{
	while (idx > 0) {
		size_t parent = (idx - 1) / 2;
		void *at = heap->data + idx * elem_size;
		void *above = heap->data + parent * elem_size;

		if (!func->less(at, above, args))
			break;
		func->swp(above, at, args);
		idx = parent;
	}
}

static __always_inline void __min_heapify_all(min_heap_char *heap, size_t elem_size,
					      const struct min_heap_callbacks *func, void *args)
{
	for (int i = heap->nr / 2 - 1; i >= 0; i--)
		__min_heap_sift_down(heap, i, elem_size, func, args);
}

static __always_inline bool __min_heap_pop(min_heap_char *heap, size_t elem_size,
					   const struct min_heap_callbacks *func, void *args)
{
	if (WARN_ONCE(heap->nr <= 0, "Popping an empty heap"))
		return false;
	heap->nr--;
	memcpy(heap->data, heap->data + heap->nr * elem_size, elem_size);
	__min_heap_sift_down(heap, 0, elem_size, func, args);
	return true;
}

static __always_inline void __min_heap_pop_push(min_heap_char *heap, const void *element, size_t elem_size,
						const struct min_heap_callbacks *func, void *args)
{
	memcpy(heap->data, element, elem_size);
	__min_heap_sift_down(heap, 0, elem_size, func, args);
}

static __always_inline bool __min_heap_push(min_heap_char *heap, const void *element, size_t elem_size,
					    const struct min_heap_callbacks *func, void *args)
{
	if (WARN_ONCE(heap->nr >= heap->size, "Pushing on a full heap"))
		return false;
	memcpy(heap->data + heap->nr * elem_size, element, elem_size);
	heap->nr++;
	__min_heap_sift_up(heap, elem_size, heap->nr - 1, func, args);
	return true;
}

static __always_inline bool __min_heap_del(min_heap_char *heap, size_t elem_size, size_t idx,
					   const struct min_heap_callbacks *func, void *args)
{
	if (WARN_ONCE(heap->nr <= 0, "Popping an empty heap"))
		return false;
	heap->nr--;
	if (idx == heap->nr)
		return true;
	func->swp(heap->data + idx * elem_size, heap->data + heap->nr * elem_size, args);
	__min_heap_sift_up(heap, elem_size, idx, func, args);
	__min_heap_sift_down(heap, idx, elem_size, func, args);
	return true;
}

#define min_heap_init(_heap, _data, _size) __min_heap_init((min_heap_char *)(_heap), _data, _size)
#define min_heap_peek(_heap) (__minheap_cast(_heap) __min_heap_peek((min_heap_char *)(_heap)))
#define min_heap_full(_heap) __min_heap_full((min_heap_char *)(_heap))
#define min_heap_sift_down(_heap, _pos, _func, _args) \
	__min_heap_sift_down((min_heap_char *)(_heap), _pos, __minheap_obj_size(_heap), _func, _args)
#define min_heap_sift_up(_heap, _idx, _func, _args) \
	__min_heap_sift_up((min_heap_char *)(_heap), __minheap_obj_size(_heap), _idx, _func, _args)
#define min_heapify_all(_heap, _func, _args) \
	__min_heapify_all((min_heap_char *)(_heap), __minheap_obj_size(_heap), _func, _args)
#define min_heap_pop(_heap, _func, _args) \
	__min_heap_pop((min_heap_char *)(_heap), __minheap_obj_size(_heap), _func, _args)
#define min_heap_pop_push(_heap, _element, _func, _args) \
	__min_heap_pop_push((min_heap_char *)(_heap), _element, __minheap_obj_size(_heap), _func, _args)
#define min_heap_push(_heap, _element, _func, _args) \
	__min_heap_push((min_heap_char *)(_heap), _element, __minheap_obj_size(_heap), _func, _args)
#define min_heap_del(_heap, _idx, _func, _args) \
	__min_heap_del((min_heap_char *)(_heap), __minheap_obj_size(_heap), _idx, _func, _args)

#endif
