#include "os/tls_name.h"

#include <openssl/x509v3.h>

#include "base/addr.h"
#include "sip/uri.h"

static ahoy_slice text_of(const ASN1_STRING *string)
{
	return ahoy_slice_make((const char *)ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

/* The domain of a sip: URI without user part (RFC 5922 7.1 step 1); a certificate's bytes are a peer's, too. */
static bool domain_of_uri(const ASN1_STRING *string, ahoy_slice *domain)
{
	ahoy_uri uri;

	if (ahoy_uri_parse(text_of(string), &uri) || uri.kind != AHOY_URI_SIP || uri.user.len)
		return false;
	*domain = uri.host;
	return true;
}

static ahoy_slice without_dot(ahoy_slice name)
{
	return name.len && name.ptr[name.len - 1] == '.' ? ahoy_slice_make(name.ptr, name.len - 1) : name;
}

/* Host names are compared without regard to case (RFC 5922 7.2); what has a NUL or "*" in it equals no name. */
static bool same_domain(ahoy_slice a, ahoy_slice b)
{
	a = without_dot(a);
	b = without_dot(b);
	return a.len && ahoy_slice_ieq(a, b);
}

static bool same_ip(const ASN1_STRING *octets, const ahoy_addr *addr)
{
	ahoy_slice bytes = text_of(octets);

	return bytes.len == (addr->family == 6 ? 16u : 4u) && memcmp(bytes.ptr, addr->ip, bytes.len) == 0;
}

static bool has_sip_uri(const GENERAL_NAMES *names)
{
	ahoy_slice domain;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_URI && domain_of_uri(name->d.uniformResourceIdentifier, &domain))
			return true;
	}
	return false;
}

static bool matches_one(const GENERAL_NAME *name, ahoy_slice wanted, const ahoy_addr *ip, bool uris_only)
{
	ahoy_slice domain;

	switch (name->type) {
	case GEN_URI:
		return domain_of_uri(name->d.uniformResourceIdentifier, &domain) && same_domain(domain, wanted);
	case GEN_DNS:
		return !uris_only && !ip->family && same_domain(text_of(name->d.dNSName), wanted);
	case GEN_IPADD:
		return ip->family && same_ip(name->d.iPAddress, ip);
	default:
		return false;
	}
}

static bool common_name_matches(X509 *certificate, ahoy_slice wanted)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	return at >= 0 && same_domain(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))), wanted);
}

static ahoy_slice without_brackets(ahoy_slice name)
{
	return name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']' ? ahoy_slice_make(name.ptr + 1, name.len - 2) : name;
}

bool ahoy_tls_name_matches(X509 *certificate, ahoy_slice name)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	ahoy_addr ip = {0};
	bool found = false, uris_only;

	if (ahoy_addr_parse_ip(without_brackets(name), &ip))
		ip = (ahoy_addr){0};
	if (!names)
		return !ip.family && common_name_matches(certificate, name);
	uris_only = has_sip_uri(names);
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
		found = matches_one(sk_GENERAL_NAME_value(names, i), name, &ip, uris_only);
	GENERAL_NAMES_free(names);
	return found;
}

static void put_ip(ahoy_buf *out, ahoy_slice bytes)
{
	ahoy_addr addr = {.family = bytes.len == 16 ? 6 : 4};

	if (bytes.len != 4 && bytes.len != 16)
		return;
	memcpy(addr.ip, bytes.ptr, bytes.len);
	ahoy_addr_put_ip(out, &addr, false);
}

static void put_one(ahoy_buf *out, const GENERAL_NAME *name)
{
	if (name->type == GEN_URI)
		ahoy_buf_escaped(out, text_of(name->d.uniformResourceIdentifier));
	else if (name->type == GEN_DNS)
		ahoy_buf_escaped(out, text_of(name->d.dNSName));
	else
		put_ip(out, text_of(name->d.iPAddress));
}

void ahoy_tls_name_list(X509 *certificate, ahoy_buf *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	size_t begin = out->len;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_URI && name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		if (out->len > begin)
			ahoy_buf_str(out, ", ");
		put_one(out, name);
	}
	GENERAL_NAMES_free(names);
	if (out->len == begin && at >= 0)
		ahoy_buf_escaped(out, text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
	if (out->len == begin)
		ahoy_buf_str(out, "nobody");
}
