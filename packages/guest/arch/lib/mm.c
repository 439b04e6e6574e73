/* SPDX-License-Identifier: MIT */
/* Address spaces, as code makes them that fills in their page tables itself. No task is in one, and no processor walks these tables. */
#include <linux/init.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <asm/pgalloc.h>

/* Each combination of VM_READ, VM_WRITE, VM_EXEC and VM_SHARED. Pages that are private are copied when they are written to. */
static const pgprot_t protection_map[16] = {
	[VM_NONE] = PAGE_NONE,
	[VM_READ] = PAGE_READONLY,
	[VM_WRITE] = PAGE_COPY,
	[VM_WRITE | VM_READ] = PAGE_COPY,
	[VM_EXEC] = PAGE_READONLY,
	[VM_EXEC | VM_READ] = PAGE_READONLY,
	[VM_EXEC | VM_WRITE] = PAGE_COPY,
	[VM_EXEC | VM_WRITE | VM_READ] = PAGE_COPY,
	[VM_SHARED] = PAGE_NONE,
	[VM_SHARED | VM_READ] = PAGE_READONLY,
	[VM_SHARED | VM_WRITE] = PAGE_SHARED,
	[VM_SHARED | VM_WRITE | VM_READ] = PAGE_SHARED,
	[VM_SHARED | VM_EXEC] = PAGE_READONLY,
	[VM_SHARED | VM_EXEC | VM_READ] = PAGE_READONLY,
	[VM_SHARED | VM_EXEC | VM_WRITE] = PAGE_SHARED,
	[VM_SHARED | VM_EXEC | VM_WRITE | VM_READ] = PAGE_SHARED,
};
DECLARE_VM_GET_PAGE_PROT

pgd_t *pgd_alloc(struct mm_struct *mm)
{
	return (pgd_t *)get_zeroed_page(GFP_PGTABLE_USER);
}

/* Since 7.0, only kernel/fork.c has such a function. */
static void init_mmap_lock(struct mm_struct *mm)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	init_rwsem(&mm->mmap_lock);
	mm_lock_seqcount_init(mm);
#else
	mmap_init_lock(mm);
#endif
}

struct mm_struct *mm_alloc(void)
{
	struct mm_struct *mm = kzalloc(sizeof(*mm) + cpumask_size(), GFP_KERNEL);

	if (!mm)
		return NULL;
	mm->pgd = pgd_alloc(mm);
	if (!mm->pgd) {
		kfree(mm);
		return NULL;
	}
	mt_init_flags(&mm->mm_mt, MM_MT_FLAGS);
	mt_set_external_lock(&mm->mm_mt, &mm->mmap_lock);
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	init_mmap_lock(mm);
	INIT_LIST_HEAD(&mm->mmlist);
	spin_lock_init(&mm->page_table_lock);
	spin_lock_init(&mm->arg_lock);
	mm_init_cpumask(mm);
	return mm;
}

void __mmdrop(struct mm_struct *mm)
{
	pgd_free(mm, mm->pgd);
	kfree(mm);
}

void mmput(struct mm_struct *mm)
{
	if (atomic_dec_and_test(&mm->mm_users))
		mmdrop(mm);
}

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = kmalloc(sizeof(*vma), GFP_KERNEL);

	if (vma)
		vma_init(vma, mm);
	return vma;
}

void vm_area_free(struct vm_area_struct *vma)
{
	kfree(vma);
}

/* Another task may have done it first: then the new table goes back. */
int __pmd_alloc(struct mm_struct *mm, pud_t *pud, unsigned long address)
{
	pmd_t *table = pmd_alloc_one(mm, address);
	spinlock_t *lock;

	if (!table)
		return -ENOMEM;
	lock = pud_lock(mm, pud);
	if (pud_present(*pud)) {
		pmd_free(mm, table);
	} else {
		mm_inc_nr_pmds(mm);
		pud_populate(mm, pud, table);
	}
	spin_unlock(lock);
	return 0;
}

void pmd_install(struct mm_struct *mm, pmd_t *pmd, pgtable_t *pte)
{
	spinlock_t *lock = pmd_lock(mm, pmd);

	if (pmd_none(*pmd)) {
		mm_inc_nr_ptes(mm);
		pmd_populate(mm, pmd, *pte);
		*pte = NULL;
	}
	spin_unlock(lock);
}

int __pte_alloc(struct mm_struct *mm, pmd_t *pmd)
{
	pgtable_t table = pte_alloc_one(mm);

	if (!table)
		return -ENOMEM;
	pmd_install(mm, pmd, &table);
	if (table)
		pte_free(mm, table);
	return 0;
}
