/* ahoy/message.h: SIP messages as text: read one, read its parts, write one (RFC 3261 7, 20, 25; RFC 4475's torture
 * messages are its tests). No transactions, no state: for programs that want the parser alone. What is read is slices
 * into your bytes, without a copy: they live as long as those bytes, and until the reader's next ahoy_reader_parse.
 * Thread kind: a reader belongs to one thread at a time; all else is pure. Cost: one pass over the head, no
 * allocation but in ahoy_reader_new. */
#ifndef AHOY_MESSAGE_H
#define AHOY_MESSAGE_H

#include "ahoy/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reading ---- */

/* Holds one parsed message at a time; about 20 KB, made once and used again. */
typedef struct ahoy_reader ahoy_reader;

/* Where and why a message was refused. */
typedef struct {
	size_t offset;	  /* bytes from its start */
	const char *rule; /* a short sentence, fit for the reason phrase of a 400; static */
	int status;	  /* the SIP status that answers such a request, 400 .. 699 */
} ahoy_reader_fault;

/* AHOY_ENOMEM. `env` outlives the reader; only its allocator is used. */
AHOY_API AHOY_MUST_USE int ahoy_reader_new(const ahoy_env *env, ahoy_reader **out);
/* NULL is nothing. */
AHOY_API void ahoy_reader_del(ahoy_reader *reader);

/* One whole message, as a datagram carries it (18.3: the body is cut to Content-Length). `fault` may be NULL.
 * AHOY_ESYNTAX, AHOY_ERANGE (a number), AHOY_EMISSING (a mandatory header), AHOY_EDUPLICATE (one that may stand once
 * is there twice, differently), AHOY_ETRUNCATED (the body is short), AHOY_EVERSION, AHOY_ETOOBIG (above 65,535 bytes
 * or 256 headers). After a failure the reader is empty. */
AHOY_API AHOY_MUST_USE int ahoy_reader_parse(ahoy_reader *reader, ahoy_slice bytes, ahoy_reader_fault *fault);

/* How many bytes at the start of a stream (TCP, TLS) are one message, in *len; leading CRLFs of keep-alives (RFC
 * 5626) count as units of their own, which ahoy_reader_parse refuses: skip a unit that holds nothing but CR and LF.
 * AHOY_EMORE: not whole yet. Anything else: the stream cannot go on (no or differing Content-Length, too large). */
AHOY_API AHOY_MUST_USE int ahoy_message_frame(ahoy_slice stream, size_t *len);

/* Of an empty reader everything below is empty, 0 or false. */
AHOY_API bool ahoy_message_is_request(const ahoy_reader *reader);
/* "INVITE"; of a response the method in its CSeq. */
AHOY_API ahoy_slice ahoy_message_method(const ahoy_reader *reader);
/* The Request-URI as text, for ahoy_address_parse_uri; empty in a response. */
AHOY_API ahoy_slice ahoy_message_uri(const ahoy_reader *reader);
/* 100 .. 699; 0 in a request. */
AHOY_API int ahoy_message_status(const ahoy_reader *reader);
AHOY_API ahoy_slice ahoy_message_reason(const ahoy_reader *reader);
AHOY_API ahoy_slice ahoy_message_call_id(const ahoy_reader *reader);
/* The CSeq number, 0 .. 2^31-1 (8.1.1.5). */
AHOY_API uint32_t ahoy_message_cseq(const ahoy_reader *reader);
AHOY_API ahoy_slice ahoy_message_body(const ahoy_reader *reader);

/* The `index`-th value (from 0) of that header, any case or compact form; comma-separated lists count value by value
 * where the RFC makes them lists (7.3.1). Empty slice with a NULL pointer: there is none. */
AHOY_API ahoy_slice ahoy_message_header(const ahoy_reader *reader, ahoy_slice name, size_t index);
/* The `index`-th header line (from 0) as it came, in order. False behind the last. */
AHOY_API bool ahoy_message_line(const ahoy_reader *reader, size_t index, ahoy_slice *name, ahoy_slice *value);

/* ---- addresses: From, To, Contact, Route, and URIs alone (19.1, 20.10) ---- */

/* Slices of the text that was parsed; empty where there is none. Parts keep their escapes. */
typedef struct {
	ahoy_slice display;    /* with its quotes, where it has them */
	ahoy_slice uri;	       /* the whole URI */
	ahoy_slice scheme;     /* "sip", "sips", "tel", … as written */
	ahoy_slice user;       /* of a tel: URI the number */
	ahoy_slice host;       /* IPv6 with its brackets */
	uint16_t port;	       /* 0: none given */
	ahoy_slice uri_params; /* ";transport=udp" */
	ahoy_slice params;     /* the header's: ";tag=x" */
} ahoy_address;

/* A header value: "Bob" <sip:bob@host>;tag=x. Without angle brackets what follows ';' is the header's. AHOY_ESYNTAX,
 * AHOY_ERANGE (port). */
AHOY_API AHOY_MUST_USE int ahoy_address_parse(ahoy_slice value, ahoy_address *out);
/* A URI alone. Errors as above. */
AHOY_API AHOY_MUST_USE int ahoy_address_parse_uri(ahoy_slice uri, ahoy_address *out);
/* The value of ";name=value" in params, any case; *value keeps quotes. False: there is no such parameter. */
AHOY_API bool ahoy_address_param(ahoy_slice params, ahoy_slice name, ahoy_slice *value);
/* The same address by the rules of 19.1.4 (host without case, escapes decoded, …). Both as ahoy_address_parse_uri
 * takes them; what does not parse equals nothing. */
AHOY_API bool ahoy_address_same_uri(ahoy_slice a, ahoy_slice b);

/* ---- writing: first line, headers in your order, then the end; test b->full once, then ---- */

/* CR, LF and NUL in any value become blanks: nothing that you pass on can start a line of its own. */
AHOY_API void ahoy_message_put_request(ahoy_buf *b, ahoy_slice method, ahoy_slice uri);
/* status 100 .. 699; an empty reason takes the standard phrase. */
AHOY_API void ahoy_message_put_status(ahoy_buf *b, int status, ahoy_slice reason);
AHOY_API void ahoy_message_put_header(ahoy_buf *b, ahoy_slice name, ahoy_slice value);
/* The head of the answer to the parsed request (8.2.6.2): status line, Vias, From, To with `to_tag` where it has
 * none, Call-ID, CSeq. `from`, the request's source, makes received and rport (18.2.1, RFC 3581); NULL leaves the Via
 * alone. AHOY_ESTATE: the reader holds no request. */
AHOY_API AHOY_MUST_USE int ahoy_message_put_answer(ahoy_buf *b, const ahoy_reader *request, int status, ahoy_slice reason,
						   ahoy_slice to_tag, const ahoy_addr *from);
/* Content-Type (where type is not empty), Content-Length, the empty line, the body. */
AHOY_API void ahoy_message_put_end(ahoy_buf *b, ahoy_slice type, ahoy_slice body);

#ifdef __cplusplus
}
#endif

#endif
