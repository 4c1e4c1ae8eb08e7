#include "sip/rack.h"

/* The text up to the next blank; *rest begins behind the blanks. */
static ahoy_slice next_word(ahoy_slice *rest)
{
	ahoy_slice text = ahoy_slice_trim(*rest), word;
	size_t len = 0;

	while (len < text.len && text.ptr[len] != ' ' && text.ptr[len] != '\t')
		len++;
	word = ahoy_slice_first(text, len);
	*rest = ahoy_slice_from(text, len);
	return word;
}

int ahoy_rseq_parse(ahoy_slice value, uint32_t *out)
{
	int err = ahoy_slice_u32(ahoy_slice_trim(value), UINT32_MAX, out);

	return err ? err : (*out ? 0 : AHOY_ERANGE);
}

int ahoy_rack_parse(ahoy_slice value, ahoy_rack *out)
{
	ahoy_slice rest = value, rseq = next_word(&rest), cseq = next_word(&rest), method = next_word(&rest);
	int err = ahoy_rseq_parse(rseq, &out->rseq);

	if (!err)
		err = ahoy_slice_u32(cseq, UINT32_MAX, &out->cseq);
	if (err)
		return err;
	out->method = ahoy_method_of(method);
	return method.len && !ahoy_slice_trim(rest).len ? 0 : AHOY_ESYNTAX;
}
