#include "store/copy.h"

#include <stdlib.h>

#include "base/buf.h"

/* The strings of a record, in a fixed order. */
#define CDR_SLICES 9

static void cdr_slices(ahoy_cdr *cdr, ahoy_slice *out[CDR_SLICES])
{
	ahoy_slice *const all[CDR_SLICES] = {&cdr->id, &cdr->from, &cdr->to,
					     &cdr->reason, &cdr->codec, &cdr->caller.contact,
					     &cdr->caller.call_id, &cdr->callee.contact, &cdr->callee.call_id};

	memcpy(out, all, sizeof all);
}

static ahoy_cdr *copy_cdr(const ahoy_cdr *cdr, bool escaped)
{
	ahoy_slice *slices[CDR_SLICES];
	size_t size = sizeof(ahoy_cdr);
	ahoy_cdr *copy, work = *cdr;
	ahoy_buf text;

	cdr_slices(&work, slices);
	for (size_t i = 0; i < CDR_SLICES; i++)
		size += slices[i]->len * (escaped ? 4 : 1); /* "\xNN" */
	copy = malloc(size);
	if (!copy)
		return NULL;
	*copy = work;
	text = ahoy_buf_over(copy + 1, size - sizeof *copy);
	cdr_slices(copy, slices);
	for (size_t i = 0; i < CDR_SLICES; i++) {
		size_t start = text.len;

		if (escaped)
			ahoy_buf_escaped(&text, *slices[i]);
		else
			ahoy_buf_put(&text, *slices[i]);
		*slices[i] = (ahoy_slice){text.ptr + start, text.len - start};
	}
	return copy;
}

ahoy_cdr *ahoy_cdr_copy(const ahoy_cdr *cdr)
{
	return copy_cdr(cdr, false);
}

ahoy_cdr *ahoy_cdr_copy_escaped(const ahoy_cdr *cdr)
{
	return copy_cdr(cdr, true);
}

ahoy_binding *ahoy_bindings_copy(const ahoy_binding *bindings, size_t count)
{
	size_t size = (count ? count : 1) * sizeof *bindings;
	ahoy_binding *copy;
	ahoy_buf text;

	for (size_t i = 0; i < count; i++)
		size += bindings[i].contact.len + bindings[i].call_id.len + bindings[i].user_agent.len + bindings[i].instance.len +
			bindings[i].path.len;
	copy = malloc(size);
	if (!copy)
		return NULL;
	text = ahoy_buf_over(copy + (count ? count : 1), size - (count ? count : 1) * sizeof *bindings);
	for (size_t i = 0; i < count; i++) {
		ahoy_slice *slices[] = {&copy[i].contact, &copy[i].call_id, &copy[i].user_agent, &copy[i].instance, &copy[i].path};

		copy[i] = bindings[i];
		for (size_t s = 0; s < sizeof slices / sizeof slices[0]; s++) {
			size_t start = text.len;

			ahoy_buf_put(&text, *slices[s]);
			*slices[s] = (ahoy_slice){text.ptr + start, text.len - start};
		}
	}
	return copy;
}
