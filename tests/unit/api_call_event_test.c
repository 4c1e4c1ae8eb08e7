/* api/call_event: what a far end does that is no libahoy: offers that cannot be taken, an INVITE without one, re-INVITEs, keys by
 * INFO, a message in the call. The far end is the test: requests are written here, and the agent's last message is read. */
#include <stdlib.h>

#include "api_world.h"

#define SDP(codec, more) \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 9000 RTP/AVP " codec "\r\n" more

#define VIDEO "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=video 9 RTP/AVP 99\r\n"

typedef struct {
	api_world w;
	char to_tag[64];
	const char *more; /* header lines of each request, or NULL */
	unsigned cseq;
} far_end;

/* Takes what B sends to 192.0.2.9: nothing goes to A. */
static bool to_far(void *ctx, unsigned from, ahoy_slice bytes)
{
	(void)ctx;
	(void)from;
	(void)bytes;
	return true;
}

static void begin(test_env *te, far_end *f)
{
	memset(f, 0, sizeof *f);
	test_env_init(te, 1);
	assert_ok(api_world_begin(&f->w, te, "PCMU"));
	f->w.loses = to_far;
}

static void end(test_env *te, far_end *f)
{
	api_world_end(&f->w);
	test_env_fini(te);
}

static void ask(far_end *f, const char *method, const char *type, const char *body)
{
	char text[4096];
	ahoy_addr peer = api_addr("192.0.2.9:5060");
	bool ack = !strcmp(method, "ACK");
	ahoy_slice bytes;
	int len;

	f->cseq += ack ? 0 : 1;
	f->w.sent[B][0] = '\0';
	len = snprintf(text, sizeof text,
		       "%s sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK%s%u\r\n"
		       "Max-Forwards: 70\r\nFrom: <sip:far@192.0.2.9>;tag=f\r\nTo: <sip:b@192.0.2.2>%s%s\r\nCall-ID: c1\r\n"
		       "CSeq: %u %s\r\nContact: <sip:far@192.0.2.9>\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s",
		       method, method, f->cseq, f->to_tag[0] ? ";tag=" : "", f->to_tag, f->cseq, method,
		       f->more ? f->more : "", *body ? "Content-Type: " : "",
		       *body ? type : "", *body ? "\r\n" : "", strlen(body), body);
	assert_in_range(len, 1, sizeof text - 1);
	bytes = test_exact(ahoy_slice_make(text, (size_t)len));
	ahoy_agent_recv(f->w.agent[B], f->w.now, &f->w.local[B], &peer, bytes);
	test_free_exact(bytes);
	api_drain(&f->w);
}

static int status(const far_end *f)
{
	int value = 0;

	(void)sscanf(f->w.sent[B], "SIP/2.0 %d", &value);
	return value;
}

static bool said(const far_end *f, const char *what)
{
	return strstr(f->w.sent[B], what) != NULL;
}

/* B answers; its tag is kept, the ACK sent. */
static void answer(far_end *f, const char *ack_body)
{
	const char *tag;

	assert_ok(ahoy_agent_answer(f->w.agent[B], f->w.now, f->w.call[B], &f->w.media[B]));
	api_drain(&f->w);
	assert_int_equal(status(f), 200);
	tag = strstr(strstr(f->w.sent[B], "\r\nTo:"), ";tag=") + 5;
	snprintf(f->to_tag, sizeof f->to_tag, "%.*s", (int)strcspn(tag, "\r\n;"), tag);
	ask(f, "ACK", "application/sdp", ack_body);
}

static void an_offer_that_cannot_be_taken_does_not_ring(void **state)
{
	static const struct {
		const char *type, *body;
		int status;
		const char *header;
	} rows[] = {
		{"application/sdp", SDP("99", "a=rtpmap:99 nonsense/8000\r\n"), 488, "Warning: 305 "},
		{"application/sdp", VIDEO, 488, "Warning: 304 "},
		{"application/sdp", "no description", 400, ""},
		{"text/html", "<p>", 415, "Accept: "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		far_end f;
		test_env te;

		begin(&te, &f);
		ask(&f, "INVITE", rows[i].type, rows[i].body);
		assert_row(status(&f) == rows[i].status, rows[i].body);
		assert_row(said(&f, rows[i].header), rows[i].body);
		assert_string_equal(f.w.told[B], "");
		end(&te, &f);
	}
}

/* INVITE from a caller that says so much of 100rel, and early media of B: the RSeq that it bears, 0 for none. */
static unsigned early_rseq(far_end *f, const char *more)
{
	const char *rseq, *tag;

	f->more = more;
	ask(f, "INVITE", "application/sdp", SDP("0", ""));
	f->more = NULL;
	assert_ok(ahoy_agent_early_media(f->w.agent[B], f->w.now, f->w.call[B], &f->w.media[B]));
	api_drain(&f->w);
	assert_int_equal(status(f), 183);
	tag = strstr(strstr(f->w.sent[B], "\r\nTo:"), ";tag=") + 5;
	snprintf(f->to_tag, sizeof f->to_tag, "%.*s", (int)strcspn(tag, "\r\n;"), tag);
	rseq = strstr(f->w.sent[B], "\r\nRSeq: ");
	return rseq ? (unsigned)strtoul(rseq + 8, NULL, 10) : 0;
}

static void rfc3262_3_early_media_is_reliable_where_the_caller_knows_that(void **state)
{
	char rack[64];
	far_end f;
	test_env te;
	unsigned rseq;

	(void)state;
	begin(&te, &f);
	assert_int_equal(early_rseq(&f, NULL), 0);
	end(&te, &f);
	begin(&te, &f);
	rseq = early_rseq(&f, "Supported: 100rel\r\n");
	assert_true(rseq > 0);
	/* The 200 waits for the PRACK. */
	assert_ok(ahoy_agent_answer(f.w.agent[B], f.w.now, f.w.call[B], NULL));
	api_drain(&f.w);
	assert_int_equal(status(&f), 183);
	snprintf(rack, sizeof rack, "RAck: %u 1 INVITE\r\n", rseq);
	f.more = rack;
	ask(&f, "PRACK", "", "");
	f.more = NULL;
	assert_int_equal(status(&f), 200);
	assert_true(said(&f, "CSeq: 1 INVITE"));
	f.cseq = 1; /* the ACK's is that of the INVITE */
	ask(&f, "ACK", "", "");
	assert_string_equal(f.w.told[B], "incoming media answered");
	end(&te, &f);
}

static void rfc3262_3_a_caller_that_sends_no_prack_ends_the_call(void **state)
{
	far_end f;
	test_env te;

	(void)state;
	begin(&te, &f);
	assert_true(early_rseq(&f, "Require: 100rel\r\n") > 0);
	api_run(&f.w, AHOY_SECONDS(33));
	assert_int_equal(status(&f), 504);
	assert_string_equal(f.w.told[B], "incoming media ended");
	assert_int_equal(f.w.last[B].by, AHOY_AGENT_BY_FAILURE);
	assert_int_equal(f.w.last[B].err, AHOY_ETIMEOUT);
	end(&te, &f);
}

static void rfc3261_13_2_1_the_ack_answers_an_offer_of_ours(void **state)
{
	far_end f;
	test_env te;

	(void)state;
	begin(&te, &f);
	ask(&f, "INVITE", "", "");
	assert_string_equal(f.w.told[B], "incoming");
	/* There is nothing that early media could answer. */
	assert_err(ahoy_agent_early_media(f.w.agent[B], f.w.now, f.w.call[B], &f.w.media[B]), AHOY_EUNSUPPORTED);
	answer(&f, SDP("0", ""));
	assert_string_equal(f.w.told[B], "incoming answered media");
	assert_int_equal(ahoy_agent_sample_rate(f.w.agent[B], f.w.call[B]), 8000);
	end(&te, &f);
	/* An ACK without an answer leaves nothing to hear. */
	begin(&te, &f);
	ask(&f, "INVITE", "", "");
	answer(&f, "");
	assert_string_equal(f.w.told[B], "incoming ended");
	assert_err(f.w.last[B].err, AHOY_ECODEC);
	assert_true(said(&f, "BYE "));
	end(&te, &f);
}

static void rfc3261_14_a_reinvite_holds_resumes_and_may_be_refused(void **state)
{
	far_end f;
	test_env te;

	(void)state;
	begin(&te, &f);
	ask(&f, "INVITE", "application/sdp", SDP("0 101", "a=rtpmap:101 telephone-event/8000\r\n"));
	answer(&f, "");
	ask(&f, "INVITE", "application/sdp", SDP("0", "a=sendonly\r\n"));
	assert_int_equal(status(&f), 200);
	assert_true(said(&f, "a=recvonly"));
	ask(&f, "ACK", "", "");
	assert_string_equal(f.w.told[B], "incoming answered media held");
	ask(&f, "INVITE", "application/sdp", SDP("99", "a=rtpmap:99 nonsense/8000\r\n"));
	assert_int_equal(status(&f), 488);
	ask(&f, "ACK", "", "");
	ask(&f, "INVITE", "application/sdp", SDP("0", ""));
	ask(&f, "ACK", "", "");
	assert_string_equal(f.w.told[B], "incoming answered media held resumed");
	/* Without an offer (14.1): ours, and the ACK answers. */
	ask(&f, "INVITE", "", "");
	assert_true(said(&f, "m=audio 6000 "));
	ask(&f, "ACK", "application/sdp", SDP("0", "a=sendonly\r\n"));
	assert_string_equal(f.w.told[B], "incoming answered media held resumed held");
	ask(&f, "BYE", "", "");
	assert_int_equal(status(&f), 200);
	assert_string_equal(f.w.told[B], "incoming answered media held resumed held ended");
	assert_int_equal(f.w.last[B].by, AHOY_AGENT_BY_PEER);
	end(&te, &f);
}

static void keys_and_messages_come_in_the_call(void **state)
{
	static const struct {
		const char *method, *type, *body;
		int status;
		const char *told;
	} rows[] = {
		{"INFO", "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", 200, " dtmf"},
		{"INFO", "application/dtmf", "#", 200, " dtmf"},
		{"INFO", "", "", 200, ""},
		{"INFO", "application/dtmf", "x", 400, ""},
		{"INFO", "text/plain", "5", 415, ""},
		{"MESSAGE", "text/plain", "hello", 200, " message"},
		{"MESSAGE", "text/html", "<p>", 415, ""},
		{"NOTIFY", "text/plain", "x", 405, ""},
	};
	char expected[256] = "incoming answered media";
	far_end f;
	test_env te;

	(void)state;
	begin(&te, &f);
	ask(&f, "INVITE", "application/sdp", SDP("0", ""));
	answer(&f, "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ask(&f, rows[i].method, rows[i].type, rows[i].body);
		strcat(expected, rows[i].told);
		if (rows[i].status != 405)
			assert_row(status(&f) == rows[i].status, rows[i].body);
		else
			assert_in_range(status(&f), 400, 499);
		assert_string_equal(f.w.told[B], expected);
	}
	assert_string_equal(f.w.keys[B], "5#");
	assert_string_equal(f.w.text[B], "hello");
	end(&te, &f);
}

static void rfc4028_a_call_without_a_sign_of_life_ends(void **state)
{
	far_end f;
	test_env te;

	(void)state;
	begin(&te, &f);
	f.more = "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n";
	ask(&f, "INVITE", "application/sdp", SDP("0", ""));
	answer(&f, "");
	/* It knows no UPDATE, so we refresh by a re-INVITE with our description as it is; nobody answers that any more. */
	api_run(&f.w, AHOY_SECONDS(50));
	assert_true(said(&f, "INVITE ") && said(&f, "m=audio 6000 "));
	assert_string_equal(f.w.told[B], "incoming answered media");
	api_run(&f.w, AHOY_SECONDS(90));
	assert_string_equal(f.w.told[B], "incoming answered media ended");
	assert_int_equal(f.w.last[B].by, AHOY_AGENT_BY_FAILURE);
	end(&te, &f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offer_that_cannot_be_taken_does_not_ring),
		cmocka_unit_test(rfc3262_3_early_media_is_reliable_where_the_caller_knows_that),
		cmocka_unit_test(rfc3262_3_a_caller_that_sends_no_prack_ends_the_call),
		cmocka_unit_test(rfc3261_13_2_1_the_ack_answers_an_offer_of_ours),
		cmocka_unit_test(rfc3261_14_a_reinvite_holds_resumes_and_may_be_refused),
		cmocka_unit_test(keys_and_messages_come_in_the_call),
		cmocka_unit_test(rfc4028_a_call_without_a_sign_of_life_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
