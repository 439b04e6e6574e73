/* SPDX-License-Identifier: MIT */
/* Objects that are taken from a cache in advance, so that a later allocation cannot fail (include/linux/slab.h, since 6.18). */
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

struct slab_sheaf {
	unsigned int size, capacity;
	void *objects[];
};

/* Takes objects until there are so many. */
static int fill(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf, unsigned int size)
{
	while (sheaf->size < size) {
		void *object = kmem_cache_alloc(s, gfp);

		if (!object)
			return -ENOMEM;
		sheaf->objects[sheaf->size++] = object;
	}
	return 0;
}

void kmem_cache_return_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf *sheaf)
{
	while (sheaf->size)
		kmem_cache_free(s, sheaf->objects[--sheaf->size]);
	kfree(sheaf);
}

struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *s, gfp_t gfp, unsigned int size)
{
	struct slab_sheaf *sheaf = kzalloc(struct_size(sheaf, objects, size), gfp);

	if (!sheaf)
		return NULL;
	sheaf->capacity = size;
	if (!fill(s, gfp, sheaf, size))
		return sheaf;
	kmem_cache_return_sheaf(s, gfp, sheaf);
	return NULL;
}

int kmem_cache_refill_sheaf(struct kmem_cache *s, gfp_t gfp, struct slab_sheaf **sheafp, unsigned int size)
{
	struct slab_sheaf *larger;

	if (size > (*sheafp)->capacity) {
		larger = kmem_cache_prefill_sheaf(s, gfp, size);
		if (!larger)
			return -ENOMEM;
		kmem_cache_return_sheaf(s, gfp, *sheafp);
		*sheafp = larger;
	}
	return fill(s, gfp, *sheafp, size);
}

void *kmem_cache_alloc_from_sheaf_noprof(struct kmem_cache *cachep, gfp_t gfp, struct slab_sheaf *sheaf)
{
	void *object = sheaf->size ? sheaf->objects[--sheaf->size] : NULL;

	if (object && (gfp & __GFP_ZERO))
		memset(object, 0, kmem_cache_size(cachep));
	return object;
}

unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf)
{
	return sheaf->size;
}
