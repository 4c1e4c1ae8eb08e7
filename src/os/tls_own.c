#include "os/tls_own.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/limits.h"

#define BITS 2048u
#define DAY_S 86400L
#define VALID_DAYS 3650L

static bool add(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	bool added;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	added = extension && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

/* Of what a configuration says only that which is plainly a name: the extension's text has a syntax of its own. */
static bool is_plain(ahoy_slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:", name.ptr[i]))
			return false;
	return name.len > 0 && name.len <= AHOY_MAX_HOST;
}

static bool add_names(X509 *certificate, const ahoy_slice *names, size_t count)
{
	char text[AHOY_TLS_OWN_NAMES * (AHOY_MAX_HOST + 8)];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_addr addr;

	for (size_t i = 0; i < count && i < AHOY_TLS_OWN_NAMES; i++) {
		if (!is_plain(names[i]))
			continue;
		ahoy_buf_fmt(&b, "%s%s:%.*s", b.len ? "," : "", ahoy_addr_parse_ip(names[i], &addr) ? "DNS" : "IP", AHOY_P(names[i]));
	}
	return b.len && !b.full && add(certificate, NID_subject_alt_name, ahoy_buf_cstr(&b));
}

static bool fill(X509 *certificate, EVP_PKEY *key, const ahoy_slice *names, size_t count)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	uint64_t serial;

	if (RAND_bytes((unsigned char *)&serial, sizeof serial) != 1)
		return false;
	return X509_set_version(certificate, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
	       /* A phone's clock may be behind. */
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_DAYS * DAY_S) && X509_set_pubkey(certificate, key) == 1 &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"ahoyd, self-signed", -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, subject) == 1 &&
	       add(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       add(certificate, NID_key_usage, "critical,digitalSignature,keyEncipherment,keyCertSign") &&
	       add(certificate, NID_ext_key_usage, "serverAuth,clientAuth") && add_names(certificate, names, count) &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

static int save(const char *path, int mode, X509 *certificate, EVP_PKEY *key, char *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), saved = errno;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	bool written;

	if (!file) {
		if (fd >= 0)
			close(fd);
		snprintf(why, AHOY_TLS_WHY, "%.200s cannot be written: %s", path, strerror(saved));
		return AHOY_EIO;
	}
	written = certificate ? PEM_write_X509(file, certificate) == 1
			      : PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
	if (fclose(file) == 0 && written)
		return 0;
	unlink(path);
	snprintf(why, AHOY_TLS_WHY, "%.200s cannot be written", path);
	return AHOY_EIO;
}

int ahoy_tls_own_make(const char *certificate, const char *key, const ahoy_slice *names, size_t count, char why[AHOY_TLS_WHY])
{
	EVP_PKEY *pair = EVP_RSA_gen(BITS);
	X509 *made = X509_new();
	int err = AHOY_ENOMEM;

	snprintf(why, AHOY_TLS_WHY, "no certificate can be made");
	if (pair && made && fill(made, pair, names, count))
		err = save(key, 0600, NULL, pair, why);
	if (!err) {
		err = save(certificate, 0644, made, NULL, why);
		if (err)
			unlink(key);
	}
	X509_free(made);
	EVP_PKEY_free(pair);
	ERR_clear_error();
	return err;
}

static X509 *read_certificate(const char *path)
{
	FILE *file = fopen(path, "re");
	X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

	if (file)
		fclose(file);
	ERR_clear_error();
	return certificate;
}

bool ahoy_tls_own_is(const char *path)
{
	X509 *certificate = read_certificate(path);
	bool own = certificate && X509_self_signed(certificate, 1) == 1;

	X509_free(certificate);
	ERR_clear_error();
	return own;
}

void ahoy_tls_own_print(const char *path, char out[AHOY_TLS_PRINT])
{
	X509 *certificate = read_certificate(path);
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	out[0] = '\0';
	if (certificate && X509_digest(certificate, EVP_sha256(), hash, &len) == 1)
		for (unsigned i = 0; i < len; i++)
			snprintf(out + 3 * i, AHOY_TLS_PRINT - 3 * i, i + 1 < len ? "%02X:" : "%02X", hash[i]);
	X509_free(certificate);
}
