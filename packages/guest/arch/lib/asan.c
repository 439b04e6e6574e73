/* SPDX-License-Identifier: MIT */
/* Around constructors, clang asks to poison variables of other files that may not be initialized yet. C has no such order. */
void __asan_before_dynamic_init(const void *module_name);
void __asan_after_dynamic_init(void);

void __asan_before_dynamic_init(const void *module_name)
{
}

void __asan_after_dynamic_init(void)
{
}
