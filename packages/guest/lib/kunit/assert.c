/* SPDX-License-Identifier: MIT */
/* Messages of failed checks. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/sprintf.h>

/* A growing text; it stops growing when memory is short. */
struct text {
	char *at;
	size_t length;
};

static __printf(2, 0) void add_list(struct text *text, const char *fmt, va_list args)
{
	va_list again;
	char *longer;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	longer = krealloc(text->at, text->length + length + 1, GFP_KERNEL);
	if (!longer)
		return;
	vsnprintf(longer + text->length, length + 1, fmt, args);
	text->at = longer;
	text->length += length;
}

static __printf(2, 3) void add(struct text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_list(text, fmt, args);
	va_end(args);
}

void __kunit_seen(struct kunit *test, const struct kunit_check *check)
{
	WRITE_ONCE(test->last_seen.file, check->file);
	WRITE_ONCE(test->last_seen.line, check->line);
}

static struct text start(struct kunit *test, const struct kunit_check *check)
{
	struct text text = {};

	kunit_set_failure(test);
	add(&text, "%s FAILED at %s:%d\n", check->type == KUNIT_ASSERTION ? "ASSERTION" : "EXPECTATION", check->file,
	    check->line);
	return text;
}

/* Appends the test's own message. */
static void finish(struct kunit *test, const struct kunit_check *check, struct text *text)
{
	if (text->at)
		kunit_err(test, "%s", text->at);
	kfree(text->at);
	if (check->type == KUNIT_ASSERTION)
		__kunit_abort(test);
}

#define add_message(text, fmt) \
	do { \
		va_list __args; \
		if (fmt) { \
			add(text, "\n"); \
			va_start(__args, fmt); \
			add_list(text, fmt, __args); \
			va_end(__args); \
		} \
	} while (0)

static void add_expected(struct text *text, const struct kunit_check *check)
{
	add(text, KUNIT_SUBTEST_INDENT "Expected %s %s %s, but\n", check->left, check->operation, check->right);
}

void __kunit_failed(struct kunit *test, const struct kunit_check *check, const char *fmt, ...)
{
	struct text text = start(test, check);
	va_list args;

	va_start(args, fmt);
	if (fmt)
		add_list(&text, fmt, args);
	va_end(args);
	finish(test, check, &text);
}

void __kunit_truth_failed(struct kunit *test, const struct kunit_check *check, bool expected, const char *fmt, ...)
{
	struct text text = start(test, check);

	add(&text, KUNIT_SUBTEST_INDENT "Expected %s to be %s, but is %s\n", check->left, expected ? "true" : "false",
	    expected ? "false" : "true");
	add_message(&text, fmt);
	finish(test, check, &text);
}

/* A literal's value need not be printed. */
static bool is_number(const char *text, long long value)
{
	char number[24];

	snprintf(number, sizeof(number), "%lld", value);
	return strcmp(number, text) == 0;
}

void __kunit_compare_failed(struct kunit *test, const struct kunit_check *check, long long left, long long right,
			    const char *fmt, ...)
{
	struct text text = start(test, check);

	add_expected(&text, check);
	if (!is_number(check->left, left))
		add(&text, KUNIT_SUBSUBTEST_INDENT "%s == %lld (0x%llx)\n", check->left, left, left);
	if (!is_number(check->right, right))
		add(&text, KUNIT_SUBSUBTEST_INDENT "%s == %lld (0x%llx)", check->right, right, right);
	add_message(&text, fmt);
	finish(test, check, &text);
}

void __kunit_compare_ptr_failed(struct kunit *test, const struct kunit_check *check, const void *left,
				const void *right, const char *fmt, ...)
{
	struct text text = start(test, check);

	add_expected(&text, check);
	add(&text, KUNIT_SUBSUBTEST_INDENT "%s == %px\n", check->left, left);
	add(&text, KUNIT_SUBSUBTEST_INDENT "%s == %px", check->right, right);
	add_message(&text, fmt);
	finish(test, check, &text);
}

static bool is_literal(const char *text, const char *value)
{
	size_t length = strlen(text);

	return value && length >= 2 && text[0] == '"' && text[length - 1] == '"' &&
	       strncmp(text + 1, value, length - 2) == 0;
}

void __kunit_compare_str_failed(struct kunit *test, const struct kunit_check *check, const char *left,
				const char *right, const char *fmt, ...)
{
	struct text text = start(test, check);

	add_expected(&text, check);
	if (!is_literal(check->left, left))
		add(&text, KUNIT_SUBSUBTEST_INDENT "%s == \"%s\"\n", check->left, left);
	if (!is_literal(check->right, right))
		add(&text, KUNIT_SUBSUBTEST_INDENT "%s == \"%s\"", check->right, right);
	add_message(&text, fmt);
	finish(test, check, &text);
}

/* Bytes, sixteen per row; differing bytes are shown in <>. */
static void add_bytes(struct text *text, const char *name, const u8 *bytes, const u8 *other, size_t size)
{
	add(text, KUNIT_SUBSUBTEST_INDENT "%s ==\n" KUNIT_SUBSUBTEST_INDENT, name);
	for (size_t i = 0; i < size; i++) {
		if (i && i % 16 == 0)
			add(text, "\n" KUNIT_SUBSUBTEST_INDENT);
		add(text, bytes[i] == other[i] ? " %02x " : "<%02x>", bytes[i]);
	}
}

void __kunit_compare_mem_failed(struct kunit *test, const struct kunit_check *check, const void *left,
				const void *right, size_t size, const char *fmt, ...)
{
	struct text text = start(test, check);

	if (!left || !right) {
		add(&text, KUNIT_SUBTEST_INDENT "Expected %s is not null, but is\n", left ? check->right : check->left);
	} else {
		add_expected(&text, check);
		add_bytes(&text, check->left, left, right, size);
		add(&text, "\n");
		add_bytes(&text, check->right, right, left, size);
		add_message(&text, fmt);
	}
	finish(test, check, &text);
}

void __kunit_not_err_or_null_failed(struct kunit *test, const struct kunit_check *check, const void *value,
				    const char *fmt, ...)
{
	struct text text = start(test, check);

	if (!value)
		add(&text, KUNIT_SUBTEST_INDENT "Expected %s is not null, but is\n", check->left);
	else
		add(&text, KUNIT_SUBTEST_INDENT "Expected %s is not error, but is: %ld\n", check->left, PTR_ERR(value));
	add_message(&text, fmt);
	finish(test, check, &text);
}
