#include "phone/craft.h"

#include "sip/param.h"
#include "sip/uri.h"
#include "sip/write.h"

bool ahoy_craft_is_token(ahoy_slice text)
{
	static const char others[] = "-.!%*_+`'~";

	for (size_t i = 0; i < text.len; i++) {
		char c = ahoy_lower(text.ptr[i]);

		if (!ahoy_is_digit(c) && (c < 'a' || c > 'z') && !(c && strchr(others, c)))
			return false;
	}
	return text.len > 0;
}

int ahoy_craft_check_header(const char *line)
{
	ahoy_slice name, value;

	if (!ahoy_slice_cut(ahoy_slice_of(line), ':', &name, &value) || !ahoy_craft_is_token(ahoy_slice_trim(name)))
		return AHOY_ESYNTAX;
	return 0;
}

static ahoy_slice name_of(const char *line)
{
	ahoy_slice name, value;

	ahoy_slice_cut(ahoy_slice_of(line), ':', &name, &value);
	return ahoy_slice_trim(name);
}

/* Whether --header says this one itself, in whichever form of the name. */
static bool is_given(const ahoy_craft *c, ahoy_header id)
{
	for (size_t i = 0; i < c->header_count; i++)
		if (ahoy_header_of(name_of(c->headers[i])) == id)
			return true;
	return false;
}

static void put_default(ahoy_buf *b, const ahoy_craft *c, ahoy_header id, ahoy_slice value)
{
	if (!is_given(c, id))
		ahoy_write_header(b, id, value);
}

static void put_from(ahoy_buf *b, const ahoy_craft *c)
{
	ahoy_buf_put(b, c->from);
	if (ahoy_slice_search(c->from, AHOY_S(";tag=")) == c->from.len) {
		ahoy_buf_str(b, ";tag=");
		ahoy_buf_put(b, c->tag);
	}
}

static void put_contact(ahoy_buf *b, const ahoy_craft *c)
{
	ahoy_buf_str(b, "<sip:");
	if (c->contact_user.len) {
		ahoy_buf_put(b, c->contact_user);
		ahoy_buf_char(b, '@');
	}
	ahoy_addr_put(b, &c->local);
	ahoy_buf_char(b, '>');
}

static void put_via(ahoy_buf *b, const ahoy_craft *c)
{
	ahoy_buf_str(b, "SIP/2.0/UDP ");
	ahoy_addr_put(b, &c->local);
	ahoy_buf_str(b, ";rport;branch=");
	ahoy_buf_put(b, c->branch);
}

/* Table 2 of RFC 3261 20 and those of the extensions: where a Contact belongs. */
static bool wants_contact(ahoy_slice method)
{
	static const ahoy_method methods[] = {AHOY_INVITE, AHOY_REGISTER, AHOY_OPTIONS, AHOY_SUBSCRIBE,
					      AHOY_NOTIFY, AHOY_REFER, AHOY_UPDATE};

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (ahoy_method_of(method) == methods[i])
			return true;
	return false;
}

void ahoy_craft_request(ahoy_buf *b, const ahoy_craft *c)
{
	char text[2048];
	ahoy_buf value = ahoy_buf_over(text, sizeof text);

	ahoy_write_request_line(b, c->method, c->uri);
	put_via(&value, c);
	put_default(b, c, AHOY_H_VIA, ahoy_buf_slice(&value));
	put_default(b, c, AHOY_H_MAX_FORWARDS, AHOY_S("70"));
	value.len = 0;
	put_from(&value, c);
	put_default(b, c, AHOY_H_FROM, ahoy_buf_slice(&value));
	put_default(b, c, AHOY_H_TO, c->to);
	put_default(b, c, AHOY_H_CALL_ID, c->call_id);
	value.len = 0;
	ahoy_buf_fmt(&value, "%u ", c->cseq);
	ahoy_buf_put(&value, c->method);
	put_default(b, c, AHOY_H_CSEQ, ahoy_buf_slice(&value));
	value.len = 0;
	put_contact(&value, c);
	if (wants_contact(c->method))
		put_default(b, c, AHOY_H_CONTACT, ahoy_buf_slice(&value));
	put_default(b, c, AHOY_H_USER_AGENT, c->product);
	for (size_t i = 0; i < c->header_count; i++) {
		ahoy_slice name, given;

		ahoy_slice_cut(ahoy_slice_of(c->headers[i]), ':', &name, &given);
		given = ahoy_slice_trim(given);
		if (given.len)
			ahoy_write_named(b, ahoy_slice_trim(name), given);
	}
	ahoy_buf_put(b, c->authorization);
	if (c->type.len)
		put_default(b, c, AHOY_H_CONTENT_TYPE, c->type);
	value.len = 0;
	ahoy_buf_u64(&value, c->body.len);
	put_default(b, c, AHOY_H_CONTENT_LENGTH, ahoy_buf_slice(&value));
	ahoy_buf_str(b, "\r\n");
	ahoy_buf_put(b, c->body);
	if (value.full)
		b->full = true;
}

/* ---- what follows an INVITE ---- */

static void put_follower_tail(ahoy_buf *b, const ahoy_msg *sent, ahoy_slice to, ahoy_method method, uint32_t cseq)
{
	ahoy_write_number(b, AHOY_H_MAX_FORWARDS, 70);
	ahoy_write_header(b, AHOY_H_FROM, sent->from.text);
	ahoy_write_header(b, AHOY_H_TO, to);
	ahoy_write_header(b, AHOY_H_CALL_ID, sent->call_id);
	ahoy_write_fmt(b, AHOY_H_CSEQ, "%u %.*s", cseq, AHOY_P(ahoy_method_name(method)));
	ahoy_write_end(b, (ahoy_slice){0}, (ahoy_slice){0});
}

void ahoy_craft_hop(ahoy_buf *b, const ahoy_msg *sent, ahoy_method method, ahoy_slice to)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice value;

	ahoy_write_request_line(b, ahoy_method_name(method), sent->uri.text);
	ahoy_write_header(b, AHOY_H_VIA, ahoy_msg_value(sent, AHOY_H_VIA));
	while (ahoy_msg_next_value(sent, AHOY_H_ROUTE, &cursor, &value))
		ahoy_write_header(b, AHOY_H_ROUTE, value);
	put_follower_tail(b, sent, to, method, sent->cseq);
}

void ahoy_craft_dialog(ahoy_buf *b, const ahoy_craft *c, const ahoy_msg *sent, const ahoy_msg *answer, ahoy_method method)
{
	char text[512];
	ahoy_buf via = ahoy_buf_over(text, sizeof text);
	ahoy_value_cursor cursor = {0};
	ahoy_slice value, routes[AHOY_MAX_ROUTES];
	ahoy_name_addr contact;
	unsigned count = 0;

	if (ahoy_msg_name_addr(answer, AHOY_H_CONTACT, &contact) || contact.star)
		contact.uri = sent->uri;
	ahoy_write_request_line(b, ahoy_method_name(method), ahoy_uri_target(&contact.uri));
	put_via(&via, c);
	ahoy_write_header(b, AHOY_H_VIA, ahoy_buf_slice(&via));
	while (count < AHOY_MAX_ROUTES && ahoy_msg_next_value(answer, AHOY_H_RECORD_ROUTE, &cursor, &value))
		routes[count++] = value;
	while (count)
		ahoy_write_header(b, AHOY_H_ROUTE, routes[--count]);
	put_follower_tail(b, sent, answer->to.text, method, sent->cseq + (method == AHOY_ACK ? 0 : 1));
}

/* ---- templates ---- */

#define NAMES(X)                    \
	X(METHOD, "method")         \
	X(TARGET, "target")         \
	X(USER, "user")             \
	X(HOST, "host")             \
	X(BRANCH, "branch")         \
	X(TAG, "tag")               \
	X(CALL_ID, "call_id")       \
	X(CSEQ, "cseq")             \
	X(FROM, "from")             \
	X(TO, "to")                 \
	X(LOCAL, "local")           \
	X(LOCAL_IP, "local_ip")     \
	X(LOCAL_PORT, "local_port") \
	X(CONTACT, "contact")       \
	X(PRODUCT, "product")       \
	X(BODY, "body")             \
	X(LENGTH, "length")         \
	X(AUTHORIZATION, "authorization")

typedef enum {
#define NAME_ENUM(id, text) NAME_##id,
	NAMES(NAME_ENUM)
#undef NAME_ENUM
	NAME_UNKNOWN
} name_id;

const char *ahoy_craft_names(void)
{
#define NAME_WORD(id, text) " " text
	static const char words[] = NAMES(NAME_WORD);

	return &words[1]; /* behind the first blank */
#undef NAME_WORD
}

static name_id name_id_of(ahoy_slice name)
{
	static const char *const texts[] = {
#define NAME_TEXT(id, text) text,
		NAMES(NAME_TEXT)
#undef NAME_TEXT
	};
	int i = 0;

	while (i < NAME_UNKNOWN && !ahoy_slice_eq(name, ahoy_slice_of(texts[i])))
		i++;
	return (name_id)i;
}

static void put_uri_part(ahoy_buf *b, const ahoy_craft *c, bool host)
{
	ahoy_uri uri;

	if (ahoy_uri_parse(c->uri, &uri))
		return;
	ahoy_buf_put(b, host ? uri.host : uri.user);
	if (host && uri.port)
		ahoy_buf_fmt(b, ":%u", uri.port);
}

static bool put_named(ahoy_buf *b, ahoy_slice name, const ahoy_craft *c)
{
	name_id id = name_id_of(name);

	switch (id) {
	case NAME_METHOD:
		ahoy_buf_put(b, c->method);
		return true;
	case NAME_TARGET:
		ahoy_buf_put(b, c->uri);
		return true;
	case NAME_USER:
	case NAME_HOST:
		put_uri_part(b, c, id == NAME_HOST);
		return true;
	case NAME_BRANCH:
		ahoy_buf_put(b, c->branch);
		return true;
	case NAME_TAG:
		ahoy_buf_put(b, c->tag);
		return true;
	case NAME_CALL_ID:
		ahoy_buf_put(b, c->call_id);
		return true;
	case NAME_CSEQ:
		ahoy_buf_fmt(b, "%u", c->cseq);
		return true;
	case NAME_FROM:
		put_from(b, c);
		return true;
	case NAME_TO:
		ahoy_buf_put(b, c->to);
		return true;
	case NAME_LOCAL:
		ahoy_addr_put(b, &c->local);
		return true;
	case NAME_LOCAL_IP:
		ahoy_addr_put_ip(b, &c->local, true);
		return true;
	case NAME_LOCAL_PORT:
		ahoy_buf_fmt(b, "%u", c->local.port);
		return true;
	case NAME_CONTACT:
		put_contact(b, c);
		return true;
	case NAME_PRODUCT:
		ahoy_buf_put(b, c->product);
		return true;
	case NAME_BODY:
		ahoy_buf_put(b, c->body);
		return true;
	case NAME_LENGTH:
		ahoy_buf_u64(b, c->body.len);
		return true;
	case NAME_AUTHORIZATION:
		/* A line of its own in the template ends by itself. */
		ahoy_buf_put(b, ahoy_slice_first(c->authorization, c->authorization.len ? c->authorization.len - 2 : 0));
		return true;
	case NAME_UNKNOWN:
		break;
	}
	return false;
}

static int put_line(ahoy_buf *b, ahoy_slice line, const ahoy_craft *c, ahoy_slice *unknown)
{
	while (line.len) {
		size_t at = ahoy_slice_search(line, AHOY_S("${")), end;

		ahoy_buf_put(b, ahoy_slice_first(line, at));
		if (at == line.len)
			break;
		line = ahoy_slice_from(line, at + 2);
		end = ahoy_slice_find(line, '}');
		if (end == line.len)
			return AHOY_ESYNTAX;
		if (!put_named(b, ahoy_slice_first(line, end), c)) {
			*unknown = ahoy_slice_first(line, end);
			return AHOY_ENOTFOUND;
		}
		line = ahoy_slice_from(line, end + 1);
	}
	return 0;
}

/* Where the head ends in the template: behind the last of its lines, before the empty one. */
static size_t head_length(ahoy_slice text)
{
	size_t at = 0;

	while (at < text.len) {
		ahoy_slice rest = ahoy_slice_from(text, at);
		size_t line = ahoy_slice_find(rest, '\n');

		if (line == 0 || (line == 1 && rest.ptr[0] == '\r'))
			return at;
		at += line + (line < rest.len);
	}
	return text.len;
}

static int put_head(ahoy_buf *b, ahoy_slice head, const ahoy_craft *c, ahoy_slice *unknown, bool *has_length)
{
	while (head.len) {
		size_t end = ahoy_slice_find(head, '\n'), before = b->len;
		ahoy_slice line = ahoy_slice_first(head, end);
		int err;

		head = ahoy_slice_from(head, end + (end < head.len));
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (ahoy_header_of(ahoy_slice_trim(ahoy_slice_first(line, ahoy_slice_find(line, ':')))) == AHOY_H_CONTENT_LENGTH)
			*has_length = true;
		err = put_line(b, line, c, unknown);
		if (err)
			return err;
		/* ${authorization} alone on a line leaves none where there is nothing to say yet. */
		if (b->len > before || !line.len)
			ahoy_buf_str(b, "\r\n");
	}
	return 0;
}

int ahoy_craft_template(ahoy_buf *b, ahoy_slice text, const ahoy_craft *c, bool raw, ahoy_slice *unknown)
{
	size_t head = head_length(text), skip = head;
	ahoy_slice body;
	bool has_length = false;
	char mem[65536];
	ahoy_buf filled = ahoy_buf_over(mem, sizeof mem);
	int err = put_head(b, ahoy_slice_first(text, head), c, unknown, &has_length);

	/* The empty line itself. */
	if (skip < text.len && text.ptr[skip] == '\r')
		skip++;
	body = ahoy_slice_from(text, skip < text.len ? skip + 1 : skip);
	if (!err)
		err = put_line(&filled, body, c, unknown);
	if (err)
		return err;
	if (!raw && ahoy_slice_search(text, AHOY_S("${authorization}")) == text.len)
		ahoy_buf_put(b, c->authorization);
	if (!raw && !has_length)
		ahoy_write_number(b, AHOY_H_CONTENT_LENGTH, filled.len);
	if (!raw || head < text.len)
		ahoy_buf_str(b, "\r\n");
	ahoy_buf_put(b, ahoy_buf_slice(&filled));
	return b->full || filled.full ? AHOY_EFULL : 0;
}
