#include "media/session.h"

#include "rtp/rtcp.h"
#include "test.h"

#include "media_pair.h"

static media_pair p;

static void rfc3550_6_2_reports_go_out_about_every_five_seconds(void **state)
{
	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 60000);
	assert_in_range(p.rtcp_a, 9, 18);
	assert_in_range(p.rtcp_b, 9, 18);
	media_pair_fini(&p);
}

static bool every_fourth(unsigned packet)
{
	return packet % 4 == 3;
}

static void rfc3550_6_4_the_sender_learns_of_its_loss_and_the_round_trip(void **state)
{
	ahoy_audio_stats a, b;

	(void)state;
	media_pair_init(&p);
	p.lose = every_fourth;
	media_pair_run(&p, 30000);
	ahoy_audio_get_stats(p.a, &a);
	ahoy_audio_get_stats(p.b, &b);
	assert_true(a.has_remote);
	assert_in_range(a.remote_fraction_lost, 60, 66); /* 64/256 */
	assert_true(a.remote_lost > 200);
	/* Reports cross at once here, so the round trip is next to nothing. */
	assert_true(a.rtt_ms < 1);
	assert_true(b.has_remote);
	assert_int_equal(b.remote_fraction_lost, 0);
	media_pair_fini(&p);
}

static void rfc3550_6_4_who_sends_nothing_reports_as_receiver(void **state)
{
	ahoy_audio_config config = media_pair_config();
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	size_t len;
	ahoy_rtcp r;

	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 100);
	len = ahoy_audio_bye(p.a, p.now, bytes, sizeof bytes);
	assert_ok(ahoy_rtcp_decode(bytes, len, &r));
	assert_int_equal(r.report.type, AHOY_RTCP_SR);
	assert_int_equal(r.report.packets, 5);
	assert_int_equal(r.report.octets, 800);
	assert_int_equal(r.report.block_count, 1);
	assert_slice(r.cname, "a@test");
	assert_true(r.has_bye);
	config.send = false;
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	media_pair_run(&p, 100);
	len = ahoy_audio_bye(p.a, p.now, bytes, sizeof bytes);
	assert_ok(ahoy_rtcp_decode(bytes, len, &r));
	assert_int_equal(r.report.type, AHOY_RTCP_RR);
	assert_int_equal(ahoy_audio_bye(p.a, p.now, bytes, 10), 0);
	media_pair_fini(&p);
}

static void rfc3550_6_6_a_bye_is_noticed_and_garbage_counted(void **state)
{
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	ahoy_audio_stats b;
	size_t len;

	(void)state;
	media_pair_init(&p);
	len = ahoy_audio_bye(p.a, p.now, bytes, sizeof bytes);
	for (size_t n = 0; n < len; n++)
		ahoy_audio_recv_rtcp(p.b, p.now, bytes, n);
	ahoy_audio_get_stats(p.b, &b);
	assert_true(b.malformed > len / 2);
	assert_false(b.bye);
	ahoy_audio_recv_rtcp(p.b, p.now, bytes, len);
	ahoy_audio_get_stats(p.b, &b);
	assert_true(b.bye);
	media_pair_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3550_6_2_reports_go_out_about_every_five_seconds),
		cmocka_unit_test(rfc3550_6_4_the_sender_learns_of_its_loss_and_the_round_trip),
		cmocka_unit_test(rfc3550_6_4_who_sends_nothing_reports_as_receiver),
		cmocka_unit_test(rfc3550_6_6_a_bye_is_noticed_and_garbage_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
