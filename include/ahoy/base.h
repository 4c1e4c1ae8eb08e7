/* ahoy/base.h: what every part of libahoy shares: version, slices, a bounded buffer, addresses, errors, time, and
 * what an object is given at its creation. Nothing here opens a socket, reads a clock or starts a thread. The whole
 * library has no globals: whatever lives, lives in an object that you made. C11 and C++17. Thread kind: the types are
 * values; functions are pure. */
#ifndef AHOY_BASE_H
#define AHOY_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers; CMake reads it from here. Before 1.0 the ABI may change with the minor version, and the
 * shared library's number (libahoy.so.0) changes with it. */
#define AHOY_VERSION_MAJOR 0
#define AHOY_VERSION_MINOR 1
#define AHOY_VERSION_PATCH 0

/* A function of the library; the shared library shows no others. */
#define AHOY_API __attribute__((visibility("default")))
/* The result says whether it failed. */
#define AHOY_MUST_USE __attribute__((warn_unused_result))

/* The version of the library that is linked: "0.1.0". Static. */
AHOY_API const char *ahoy_version(void);

/* ---- slices ---- */

/* A borrowed run of bytes, by value; not NUL-terminated. Whoever hands one out says how long it lives. */
typedef struct {
	const char *ptr;
	size_t len;
} ahoy_slice;

/* A C string as a slice, without a copy; NULL is the empty slice. */
static inline ahoy_slice ahoy_slice_of(const char *text)
{
	ahoy_slice s;

	s.ptr = text;
	s.len = text ? strlen(text) : 0;
	return s;
}

/* For printf("%.*s", AHOY_P(slice)). */
#define AHOY_P(s) (int)(s).len, (s).ptr

/* ---- a bounded buffer ---- */

/* Text is written into memory of yours. What does not fit is dropped whole and `full` is raised and stays: write all,
 * then test once. Set it up with ahoy_buf_over; .ptr and .len are the text. */
typedef struct {
	char *ptr; /* lives as long as the caller's memory */
	size_t len, cap;
	bool full; /* something did not fit; the content is not to be used as a whole */
} ahoy_buf;

static inline ahoy_buf ahoy_buf_over(void *mem, size_t cap)
{
	ahoy_buf b;

	b.ptr = (char *)mem;
	b.len = 0;
	b.cap = cap;
	b.full = false;
	return b;
}

static inline ahoy_slice ahoy_buf_slice(const ahoy_buf *b)
{
	ahoy_slice s;

	s.ptr = b->ptr;
	s.len = b->len;
	return s;
}

/* ---- addresses ---- */

/* An IP address with a port, free of the socket API. Zeroed it is "none". */
typedef struct {
	uint8_t family; /* 4, 6, or 0 for "none" */
	uint8_t pad;
	uint16_t port;	/* host byte order */
	uint32_t scope; /* IPv6 zone, 0 where there is none */
	uint8_t ip[16]; /* network order; IPv4 in the first four, the rest zero */
} ahoy_addr;

/* "1.2.3.4:5060", "[::1]:5060", or an address alone (port 0 then); no names. Leading zeros ("010.0.0.1") are refused:
 * they mean different addresses to different programs. AHOY_ESYNTAX, AHOY_ERANGE (port). */
AHOY_API int ahoy_addr_parse(ahoy_slice text, ahoy_addr *out);
/* "ip:port", with brackets round IPv6 (RFC 5952). */
AHOY_API void ahoy_addr_put(ahoy_buf *b, const ahoy_addr *addr);
/* Address and port are the same. */
AHOY_API bool ahoy_addr_eq(const ahoy_addr *a, const ahoy_addr *b);

#define AHOY_ADDR_TEXT 64 /* bytes: enough for any address with brackets, zone and port */

/* ---- errors ---- */

/* A function that can fail returns 0 or one of these, always negative. X(name, value, SIP status that answers it or
 * 0, sentence) */
#define AHOY_ERRORS(X)                                                                        \
	X(AHOY_ESYNTAX, -1, 400, "the text does not follow the grammar")                      \
	X(AHOY_ERANGE, -2, 400, "a number or a length is outside its range")                  \
	X(AHOY_ENOMEM, -3, 500, "out of memory")                                              \
	X(AHOY_EFULL, -4, 503, "a bounded table or buffer is full")                           \
	X(AHOY_ESTALE, -5, 481, "the object named by this id is gone")                        \
	X(AHOY_ENOTFOUND, -6, 404, "there is no such thing")                                  \
	X(AHOY_ESTATE, -7, 500, "this is not allowed in the present state")                   \
	X(AHOY_EUNSUPPORTED, -8, 501, "this is not supported")                                \
	X(AHOY_EVERSION, -9, 505, "the protocol version is not supported")                    \
	X(AHOY_ESCHEME, -10, 416, "the URI scheme is not supported")                          \
	X(AHOY_EDUPLICATE, -11, 400, "a header that may stand once is repeated, differently") \
	X(AHOY_EMISSING, -12, 400, "a mandatory header is missing")                           \
	X(AHOY_ETRUNCATED, -13, 400, "the message ends before its announced length")          \
	X(AHOY_ETOOBIG, -14, 513, "the message is larger than the bound")                     \
	X(AHOY_EMORE, -15, 0, "more bytes are needed")                                        \
	X(AHOY_EAUTH, -16, 403, "authentication failed")                                      \
	X(AHOY_ETIMEOUT, -17, 408, "no answer came in time")                                  \
	X(AHOY_ENETWORK, -18, 503, "the network refused or could not carry it")               \
	X(AHOY_EINVAL, -19, 500, "an argument is not valid here")                             \
	X(AHOY_EIO, -20, 500, "a file or device could not be read or written")                \
	X(AHOY_ECONFLICT, -21, 500, "it contradicts what is already there")                   \
	X(AHOY_ECODEC, -22, 488, "no common codec")

enum {
#define AHOY_ERR_ENUM(name, value, status, sentence) name = value,
	AHOY_ERRORS(AHOY_ERR_ENUM)
#undef AHOY_ERR_ENUM
};

/* The code's name ("AHOY_ESYNTAX"), "ok" for 0, "AHOY_E?" for a number that is none of ours. Static. */
AHOY_API const char *ahoy_err_name(int err);
/* One sentence without a full stop. Static. */
AHOY_API const char *ahoy_err_text(int err);

/* ---- time ---- */

/* Microseconds on a clock of yours that never jumps. The library reads no clock: each call is told what time it is. */
typedef uint64_t ahoy_time;

#define AHOY_MS(n) (1000u * (ahoy_time)(n))
#define AHOY_SECONDS(n) (1000000u * (ahoy_time)(n))
/* A deadline that never comes. */
#define AHOY_NEVER UINT64_MAX

/* ---- what an object is given ---- */

typedef enum {
	AHOY_LOG_ERROR,
	AHOY_LOG_WARN,
	AHOY_LOG_INFO,
	AHOY_LOG_DEBUG
} ahoy_log_level;

/* Allocator, random bytes, log sink. None of the three may call back into ahoy. It outlives every object made with
 * it, and belongs to the thread that owns those. ahoy/sockets.h has a ready one. */
typedef struct ahoy_env {
	void *ctx;
	/* realloc's contract; size 0 frees and returns NULL. NULL for a size above 0 means out of memory. */
	void *(*resize)(void *ctx, void *ptr, size_t size);
	/* Fills `len` bytes from a source fit for tags, nonces and keys. May not fail. */
	void (*random)(void *ctx, void *out, size_t len);
	/* One record, or NULL for no log; `area` is a static word, `id` the call or the empty slice, `text` is not terminated. */
	void (*log)(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text);
	ahoy_log_level log_level; /* records above it are not formatted at all */
} ahoy_env;

#ifdef __cplusplus
}
#endif

#endif
