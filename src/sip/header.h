/* header: the table of header fields that ahoy knows: name, compact form (RFC 3261 7.3.3), whether it may stand once
 * only. To add one: a line here, and one in header.c, which finds a name by its length and first letter (a test
 * compares the two). Names are case-insensitive. Thread kind: pure. */
#ifndef AHOY_SIP_HEADER_H
#define AHOY_SIP_HEADER_H

#include "base/slice.h"

/* X(id, name, compact form or 0, single: may stand once only, RFC) */
#define AHOY_HEADER_TABLE(X)                                                  \
	X(VIA, "Via", 'v', 0, "3261 20.42")                                   \
	X(FROM, "From", 'f', 1, "3261 20.20")                                 \
	X(TO, "To", 't', 1, "3261 20.39")                                     \
	X(CALL_ID, "Call-ID", 'i', 1, "3261 20.8")                            \
	X(CSEQ, "CSeq", 0, 1, "3261 20.16")                                   \
	X(MAX_FORWARDS, "Max-Forwards", 0, 1, "3261 20.22")                   \
	X(CONTENT_LENGTH, "Content-Length", 'l', 1, "3261 20.14")             \
	X(CONTENT_TYPE, "Content-Type", 'c', 1, "3261 20.15")                 \
	X(CONTACT, "Contact", 'm', 0, "3261 20.10")                           \
	X(ROUTE, "Route", 0, 0, "3261 20.34")                                 \
	X(RECORD_ROUTE, "Record-Route", 0, 0, "3261 20.30")                   \
	X(EXPIRES, "Expires", 0, 1, "3261 20.19")                             \
	X(MIN_EXPIRES, "Min-Expires", 0, 1, "3261 20.23")                     \
	X(AUTHORIZATION, "Authorization", 0, 0, "3261 20.7")                  \
	X(PROXY_AUTHORIZATION, "Proxy-Authorization", 0, 0, "3261 20.28")     \
	X(WWW_AUTHENTICATE, "WWW-Authenticate", 0, 0, "3261 20.44")           \
	X(PROXY_AUTHENTICATE, "Proxy-Authenticate", 0, 0, "3261 20.27")       \
	X(AUTHENTICATION_INFO, "Authentication-Info", 0, 1, "3261 20.6")      \
	X(ALLOW, "Allow", 0, 0, "3261 20.5")                                  \
	X(SUPPORTED, "Supported", 'k', 0, "3261 20.37")                       \
	X(REQUIRE, "Require", 0, 0, "3261 20.32")                             \
	X(PROXY_REQUIRE, "Proxy-Require", 0, 0, "3261 20.29")                 \
	X(UNSUPPORTED, "Unsupported", 0, 0, "3261 20.40")                     \
	X(ACCEPT, "Accept", 0, 0, "3261 20.1")                                \
	X(ACCEPT_ENCODING, "Accept-Encoding", 0, 0, "3261 20.2")              \
	X(ACCEPT_LANGUAGE, "Accept-Language", 0, 0, "3261 20.3")              \
	X(ALERT_INFO, "Alert-Info", 0, 0, "3261 20.4")                        \
	X(CALL_INFO, "Call-Info", 0, 0, "3261 20.9")                          \
	X(CONTENT_DISPOSITION, "Content-Disposition", 0, 1, "3261 20.11")     \
	X(CONTENT_ENCODING, "Content-Encoding", 'e', 0, "3261 20.12")         \
	X(CONTENT_LANGUAGE, "Content-Language", 0, 0, "3261 20.13")           \
	X(DATE, "Date", 0, 1, "3261 20.17")                                   \
	X(ERROR_INFO, "Error-Info", 0, 0, "3261 20.18")                       \
	X(IN_REPLY_TO, "In-Reply-To", 0, 0, "3261 20.21")                     \
	X(MIME_VERSION, "MIME-Version", 0, 1, "3261 20.24")                   \
	X(ORGANIZATION, "Organization", 0, 1, "3261 20.25")                   \
	X(PRIORITY, "Priority", 0, 1, "3261 20.26")                           \
	X(REPLY_TO, "Reply-To", 0, 1, "3261 20.31")                           \
	X(RETRY_AFTER, "Retry-After", 0, 1, "3261 20.33")                     \
	X(SERVER, "Server", 0, 1, "3261 20.35")                               \
	X(SUBJECT, "Subject", 's', 1, "3261 20.36")                           \
	X(TIMESTAMP, "Timestamp", 0, 1, "3261 20.38")                         \
	X(USER_AGENT, "User-Agent", 0, 1, "3261 20.41")                       \
	X(WARNING, "Warning", 0, 0, "3261 20.43")                             \
	X(EVENT, "Event", 'o', 1, "6665 8.2.1")                               \
	X(ALLOW_EVENTS, "Allow-Events", 'u', 0, "6665 8.2.2")                 \
	X(SUBSCRIPTION_STATE, "Subscription-State", 0, 1, "6665 8.2.3")       \
	X(REFER_TO, "Refer-To", 'r', 1, "3515 2.1")                           \
	X(REFERRED_BY, "Referred-By", 'b', 1, "3892 3")                       \
	X(REPLACES, "Replaces", 0, 1, "3891 6.1")                             \
	X(RSEQ, "RSeq", 0, 1, "3262 7.1")                                     \
	X(RACK, "RAck", 0, 1, "3262 7.2")                                     \
	X(SESSION_EXPIRES, "Session-Expires", 'x', 1, "4028 4")               \
	X(MIN_SE, "Min-SE", 0, 1, "4028 5")                                   \
	X(REASON, "Reason", 0, 0, "3326 2")                                   \
	X(PRIVACY, "Privacy", 0, 1, "3323 4.2")                               \
	X(P_ASSERTED_IDENTITY, "P-Asserted-Identity", 0, 0, "3325 9.1")       \
	X(P_PREFERRED_IDENTITY, "P-Preferred-Identity", 0, 0, "3325 9.2")     \
	X(REMOTE_PARTY_ID, "Remote-Party-ID", 0, 0, "draft-ietf-sip-privacy") \
	X(DIVERSION, "Diversion", 0, 0, "5806")                               \
	X(HISTORY_INFO, "History-Info", 0, 0, "7044")                         \
	X(PATH, "Path", 0, 0, "3327")                                         \
	X(SERVICE_ROUTE, "Service-Route", 0, 0, "3608")                       \
	X(USER_TO_USER, "User-to-User", 0, 0, "7433")                         \
	X(MAX_BREADTH, "Max-Breadth", 0, 1, "5393")                           \
	X(SIP_ETAG, "SIP-ETag", 0, 1, "3903")                                 \
	X(SIP_IF_MATCH, "SIP-If-Match", 0, 1, "3903")

typedef enum {
	AHOY_H_OTHER,
#define AHOY_HEADER_ENUM(id, name, compact, single, rfc) AHOY_H_##id,
	AHOY_HEADER_TABLE(AHOY_HEADER_ENUM)
#undef AHOY_HEADER_ENUM
	AHOY_HEADERS
} ahoy_header;

/* The header of that name or compact form, any case; AHOY_H_OTHER. */
ahoy_header ahoy_header_of(ahoy_slice name);
/* The long name; empty for AHOY_H_OTHER. Static. */
ahoy_slice ahoy_header_name(ahoy_header id);
bool ahoy_header_is_single(ahoy_header id);

#endif
