/* msg: one SIP message, parsed without allocation or copy (RFC 3261 7, 25).
 * Everything in it is a slice into the bytes given to ahoy_msg_parse and lives as long as those. The header table is
 * filled once; the headers that every element needs are typed at once, the others when somebody asks (auth.h,
 * name_addr.h, ...). Unknown headers are kept. Thread kind: pure. Cost: one pass over the head.
 * After a failed parse only `answerable` and, where that is true, the typed members may be used. */
#ifndef AHOY_SIP_MSG_H
#define AHOY_SIP_MSG_H

#include "base/err.h"
#include "base/limits.h"
#include "sip/header.h"
#include "sip/method.h"
#include "sip/name_addr.h"
#include "sip/uri.h"
#include "sip/via.h"

typedef struct {
	ahoy_slice name;  /* as it came */
	ahoy_slice value; /* trimmed; folded lines keep their CRLF + blank, which sub-parsers take as a blank (7.3.1) */
	ahoy_header id;	  /* AHOY_H_OTHER for an unknown one; compact forms have the id of their long form */
} ahoy_header_field;

typedef struct {
	ahoy_slice raw; /* all bytes of this message, without what followed it */
	bool is_request;
	/* request line */
	ahoy_method method;
	ahoy_slice method_name;
	ahoy_uri uri;
	/* status line */
	int status; /* 100 .. 699 */
	ahoy_slice reason;
	/* headers */
	uint16_t header_count;
	ahoy_header_field headers[AHOY_MAX_HEADERS];
	/* typed at once */
	ahoy_via via; /* the topmost */
	ahoy_name_addr from, to;
	ahoy_slice call_id;
	uint32_t cseq; /* 0 .. 2^31-1 (8.1.1.5) */
	ahoy_method cseq_method;
	ahoy_slice cseq_method_name;
	int max_forwards;	 /* 0 .. 255, or -1 where there is none */
	ahoy_slice content_type; /* as it came, or empty */
	ahoy_slice body;	 /* cut to Content-Length (18.3) */
	/* A request in which Via, Call-ID and CSeq could be read, and From and To are there: an erroneous one can then
	 * be answered. (A CSeq number out of range and a malformed From or To are echoed as they came; their typed
	 * members are empty, their text is not.) */
	bool answerable;
} ahoy_msg;

/* Where and why a parse failed; `rule` is a short static sentence fit for the reason phrase of a 400. */
typedef struct {
	int err;       /* the return value again; ahoy_err_sip_status names the answer */
	size_t offset; /* from the start of the message, bytes */
	const char *rule;
} ahoy_parse_error;

/* One whole message: a datagram (18.3: without Content-Length the body runs to its end; a longer Content-Length is
 * AHOY_ETRUNCATED, a shorter one cuts the body), or the run of bytes that frame.h found on a stream.
 * Leading CRLFs and blanks are skipped (7.5). LF line ends are accepted where the whole head has them: a mixture is
 * AHOY_ESYNTAX (field.h). Duplicate single-value headers that are equal are accepted (the seed has one), different ones
 * are AHOY_EDUPLICATE. Semantic checks included: version 505, CSeq method = method, mandatory headers, number ranges.
 * where may be NULL. Returns 0 or AHOY_ESYNTAX, _ERANGE, _EMISSING, _EDUPLICATE, _ETRUNCATED, _EVERSION, _ETOOBIG. A
 * request URI whose scheme we do not know is no parse error: uri.kind says so. */
AHOY_MUST_USE int ahoy_msg_parse(ahoy_slice bytes, ahoy_msg *out, ahoy_parse_error *where);

/* The first field with that id at or behind index *at; *at is then its index (pass *at + 1 on). NULL where there is
 * none. */
const ahoy_header_field *ahoy_msg_find(const ahoy_msg *msg, ahoy_header id, uint16_t *at);
/* The first value of that header, trimmed; the empty slice where there is none. */
ahoy_slice ahoy_msg_value(const ahoy_msg *msg, ahoy_header id);
bool ahoy_msg_has(const ahoy_msg *msg, ahoy_header id);
/* Is this token (case-insensitive) in one of the header's comma lists? E.g. Supported, Require, Allow. */
bool ahoy_msg_lists(const ahoy_msg *msg, ahoy_header id, ahoy_slice token);

/* A cursor over the values of a comma-separated header that may stand in several fields (7.3.1). Zero to begin. Commas
 * in quotes, <> and () do not split. */
typedef struct {
	uint16_t next_field;
	ahoy_slice rest;
} ahoy_value_cursor;
bool ahoy_msg_next_value(const ahoy_msg *msg, ahoy_header id, ahoy_value_cursor *cursor, ahoy_slice *value);

/* Contact, Route, …: the first value. AHOY_ENOTFOUND, AHOY_ESYNTAX. */
int ahoy_msg_name_addr(const ahoy_msg *msg, ahoy_header id, ahoy_name_addr *out);
/* Expires, Min-Expires, Retry-After (delta-seconds part): 0 .. 2^32-1 (a larger number is read as that, 20.19).
 * AHOY_ENOTFOUND, AHOY_ESYNTAX. */
int ahoy_msg_seconds(const ahoy_msg *msg, ahoy_header id, uint32_t *out);
/* Does Content-Type name this media type ("application/sdp"), parameters aside? */
bool ahoy_msg_is_type(const ahoy_msg *msg, ahoy_slice type);

#endif
