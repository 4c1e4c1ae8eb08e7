/* err: the one table of error codes (name, sentence, SIP status that answers it).
 * A function that can fail returns 0 or one of these, always negative, and hands results out through
 * its last parameters. The sentence is for people; the name is for programs and logs. Thread kind: pure. */
#ifndef AHOY_BASE_ERR_H
#define AHOY_BASE_ERR_H

/* X(name, value, SIP status or 0, sentence) */
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

#define AHOY_MUST_USE __attribute__((warn_unused_result))

/* The code's name ("AHOY_ESYNTAX"), "ok" for 0, "AHOY_E?" for a number that is none of ours. Static. */
const char *ahoy_err_name(int err);
/* One sentence without a full stop. Static. */
const char *ahoy_err_text(int err);
/* The SIP status that answers a request which failed so: 400 .. 699; 500 where the table has none. */
int ahoy_err_sip_status(int err);

#endif
