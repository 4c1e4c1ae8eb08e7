/* phone/events: the lines and objects that the phone prints. */
#include "phone/events.h"

#include <jansson.h>

#include "test.h"

static char mem[4096];

static const char *human(const ahoy_phone_event *e)
{
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);

	ahoy_phone_event_human(&b, e);
	return ahoy_buf_cstr(&b);
}

static const char *json(const ahoy_phone_event *e)
{
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);

	assert_ok(ahoy_phone_event_json(&b, e, 1769903999123));
	return ahoy_buf_cstr(&b);
}

static void the_names_are_those_of_the_design(void **state)
{
	static const char *const names[] = {"registered", "unregistered", "calling", "ringing", "early_media", "answered", "media",
					    "dtmf", "held", "resumed", "message", "quality", "expect", "device",
					    "level", "sent", "response", "ended", "error"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(ahoy_phone_event_name((ahoy_phone_event_kind)i), names[i]);
}

static void only_what_applies_is_in_the_object(void **state)
{
	(void)state;
	assert_string_equal(json(&(ahoy_phone_event){.kind = AHOY_PHONE_RINGING, .call = AHOY_S("x@y"), .code = 180}),
			    "{\"event\":\"ringing\",\"time\":\"2026-01-31T23:59:59.123Z\",\"call\":\"x@y\",\"code\":180}");
	assert_string_equal(json(&(ahoy_phone_event){.kind = AHOY_PHONE_DTMF, .digit = '#', .direction = "in"}),
			    "{\"event\":\"dtmf\",\"time\":\"2026-01-31T23:59:59.123Z\",\"digit\":\"#\",\"direction\":\"in\"}");
}

static void quality_has_its_numbers(void **state)
{
	ahoy_phone_quality q = {.packets = 500, .lost = 2, .jitter_ms = 1.25049, .mos = 4.1, .packets_sent = 501};
	ahoy_phone_event e = {.kind = AHOY_PHONE_QUALITY, .quality = &q};
	json_t *o = json_loads(json(&e), 0, NULL);

	(void)state;
	assert_non_null(o);
	assert_int_equal(json_integer_value(json_object_get(o, "packets")), 500);
	assert_int_equal(json_integer_value(json_object_get(o, "lost")), 2);
	assert_true(json_real_value(json_object_get(o, "jitter_ms")) > 1.24 && json_real_value(json_object_get(o, "jitter_ms")) < 1.26);
	assert_true(json_real_value(json_object_get(o, "mos")) > 4.0);
	assert_null(json_object_get(o, "rtt_ms"));
	json_decref(o);
	assert_string_equal(human(&e), "quality received 500 packets, 2 lost, jitter 1.3 ms, MOS 4.10; sent 501; level 0 dBov");
}

static void a_sound_device_says_what_became_of_it(void **state)
{
	const ahoy_sound_device_news news = {AHOY_DEVICE_PLAYBACK, "pulse:b\x1b", "lost", "it was taken away"};
	const ahoy_sound_device_news back = {AHOY_DEVICE_CAPTURE, "alsa", "running", NULL};
	const ahoy_sound_meter levels[2] = {{-20.5, -12.25}, {-127, -127}};
	ahoy_phone_quality q = {.has_device = true, .device_underruns = 3, .device_overruns = 1};

	(void)state;
	assert_string_equal(human(&(ahoy_phone_event){.kind = AHOY_PHONE_DEVICE, .device = &news}),
			    "device speaker pulse:b\\x1b lost: it was taken away");
	assert_string_equal(human(&(ahoy_phone_event){.kind = AHOY_PHONE_DEVICE, .device = &back}),
			    "device microphone alsa running");
	assert_non_null(strstr(json(&(ahoy_phone_event){.kind = AHOY_PHONE_DEVICE, .device = &news}),
			       "\"end\":\"speaker\",\"device\":\"pulse:b\\u001B\",\"state\":\"lost\","
			       "\"reason\":\"it was taken away\"}"));
	assert_non_null(strstr(json(&(ahoy_phone_event){.kind = AHOY_PHONE_DEVICE, .device = &back}),
			       "\"end\":\"microphone\",\"device\":\"alsa\",\"state\":\"running\"}"));
	assert_non_null(strstr(json(&(ahoy_phone_event){.kind = AHOY_PHONE_LEVEL, .levels = levels}),
			       "\"microphone_dbov\":-20.5,\"microphone_peak_dbov\":-12.25,\"speaker_dbov\":-127.0,"
			       "\"speaker_peak_dbov\":-127.0}"));
	assert_string_equal(human(&(ahoy_phone_event){.kind = AHOY_PHONE_LEVEL, .levels = levels}),
			    "level microphone -20 dBov (peak -12), speaker -127 dBov (peak -127)");
	assert_non_null(strstr(json(&(ahoy_phone_event){.kind = AHOY_PHONE_QUALITY, .quality = &q}),
			       "\"device_underruns\":3,\"device_overruns\":1}"));
	assert_non_null(strstr(human(&(ahoy_phone_event){.kind = AHOY_PHONE_QUALITY, .quality = &q}),
			       "; sound device 3 underruns, 1 overruns"));
}

static void an_expectation_says_what_was_wanted_and_what_came(void **state)
{
	static const struct {
		ahoy_expect_result r;
		const char *json, *line;
	} rows[] = {
		{{.kind = AHOY_EXPECT_AUDIO, .met = true, .wanted = 0.2, .heard_s = 3.5},
		 "\"expect\":\"audio\",\"met\":true,\"wanted_s\":0.2,\"heard_s\":3.5}",
		 "expect audio: met, 3.50 s of sound"},
		{{.kind = AHOY_EXPECT_TONE, .met = true, .wanted = 440, .heard_s = 1, .heard_hz = 440.25, .level_dbov = -15},
		 "\"expect\":\"tone\",\"met\":true,\"wanted_hz\":440.0,\"heard_s\":1.0,\"heard_hz\":440.25,\"level_dbov\":-15.0}",
		 "expect tone 440 Hz: met, 1.00 s heard at 440.2 Hz, -15 dBov"},
		{{.kind = AHOY_EXPECT_TONE, .wanted = 1004.5},
		 "\"expect\":\"tone\",\"met\":false,\"wanted_hz\":1004.5,\"heard_s\":0.0}",
		 "expect tone 1004.5 Hz: not met, 0.00 s heard"},
		{{.kind = AHOY_EXPECT_DTMF, .wanted_digits = "12#", .digits = "12"},
		 "\"expect\":\"dtmf\",\"met\":false,\"wanted_digits\":\"12#\",\"digits\":\"12\"}",
		 "expect dtmf 12#: not met, heard 12"},
		{{.kind = AHOY_EXPECT_DTMF, .wanted_digits = "1", .digits = ""},
		 "\"expect\":\"dtmf\",\"met\":false,\"wanted_digits\":\"1\",\"digits\":\"\"}",
		 "expect dtmf 1: not met, heard nothing"},
		{{.kind = AHOY_EXPECT_MOS, .met = true, .wanted = 4, .mos = 4.25},
		 "\"expect\":\"mos\",\"met\":true,\"wanted_mos\":4.0,\"mos\":4.25}",
		 "expect mos 4: met, MOS 4.25"},
		{{.kind = AHOY_EXPECT_MOS, .wanted = 3.5},
		 "\"expect\":\"mos\",\"met\":false,\"wanted_mos\":3.5}",
		 "expect mos 3.5: not met, nothing came"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_phone_event e = {.kind = AHOY_PHONE_EXPECT, .expectation = &rows[i].r};
		const char *text = json(&e), *from = strstr(text, "\"expect\":\"");

		assert_non_null(from);
		assert_string_equal(from, rows[i].json);
		assert_string_equal(human(&e), rows[i].line);
	}
}

static void a_text_of_json_comes_back_as_it_was_sent(void **state)
{
	static const char text[] = "line\none \"two\" back\\slash \xc3\xa4";
	json_t *o = json_loads(json(&(ahoy_phone_event){.kind = AHOY_PHONE_MESSAGE, .text = ahoy_slice_of(text)}), 0, NULL);

	(void)state;
	assert_null(strchr(mem, '\n'));
	assert_string_equal(json_string_value(json_object_get(o, "text")), text);
	json_decref(o);
}

static void what_is_no_utf8_is_escaped(void **state)
{
	json_t *o = json_loads(json(&(ahoy_phone_event){.kind = AHOY_PHONE_MESSAGE, .text = AHOY_S("a\xff\x1b")}), 0, NULL);

	(void)state;
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "text")), "a\\xff\\x1b");
	json_decref(o);
}

static void nothing_that_a_peer_sent_reaches_the_terminal_raw(void **state)
{
	ahoy_slice nasty = AHOY_S("\x1b[2J\r\n\xc2\x9b\x07\xff");
	ahoy_phone_event e = {
		.call = nasty,
		.reason = nasty,
		.from = nasty,
		.to = nasty,
		.text = nasty,
		.codec = nasty,
		.remote = nasty,
		.allow = nasty,
		.product = nasty,
		.code = 400,
		.direction = "in",
	};

	(void)state;
	for (int kind = AHOY_PHONE_REGISTERED; kind <= AHOY_PHONE_ERROR; kind++) {
		e.kind = (ahoy_phone_event_kind)kind;
		for (const char *p = human(&e); *p; p++)
			assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
		for (const char *p = json(&e); *p; p++)
			assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
	}
}

static void a_message_is_shown_line_by_line_and_safe(void **state)
{
	ahoy_phone_event e = {.kind = AHOY_PHONE_RESPONSE,
			      .code = 200,
			      .reason = AHOY_S("OK"),
			      .has_elapsed = true,
			      .elapsed_ms = 12.34,
			      .number = 2,
			      .message = AHOY_S("SIP/2.0 200 OK\r\nX: \x1b[2J\r\n\r\nbody")};

	(void)state;
	assert_string_equal(human(&e), "response 200 OK, 12.3 ms\n  SIP/2.0 200 OK\n  X: \\x1b[2J\n  \n  body");
	e.message = (ahoy_slice){NULL, 0};
	assert_string_equal(json(&e), "{\"event\":\"response\",\"time\":\"2026-01-31T23:59:59.123Z\",\"code\":200,\"reason\":\"OK\","
				      "\"number\":2,"
				      "\"elapsed_ms\":12.34}");
}

static void lines_for_people_read_well(void **state)
{
	static const struct {
		ahoy_phone_event e;
		const char *line;
	} rows[] = {
		{{.kind = AHOY_PHONE_REGISTERED, .from = {"sip:115@h", 9}, .expires_s = 60}, "registered sip:115@h for 60 s"},
		{{.kind = AHOY_PHONE_CALLING, .to = {"sip:112@h", 9}}, "calling sip:112@h"},
		{{.kind = AHOY_PHONE_RINGING, .to = {"sip:112@h", 9}, .direction = "out"}, "ringing at sip:112@h"},
		{{.kind = AHOY_PHONE_RINGING, .from = {"sip:1@h", 7}, .direction = "in"}, "ringing, call from sip:1@h"},
		{{.kind = AHOY_PHONE_ENDED, .code = 486, .reason = {"Busy Here", 9}}, "ended: 486 Busy Here"},
		{{.kind = AHOY_PHONE_ENDED, .reason = {"the far end hung up", 19}}, "ended: the far end hung up"},
		{{.kind = AHOY_PHONE_MESSAGE, .direction = "in", .from = {"sip:1@h", 7}, .text = {"hi", 2}}, "message from sip:1@h: hi"},
		{{.kind = AHOY_PHONE_ERROR, .code = 401, .reason = {"wrong password", 14}}, "ahoy: 401 wrong password"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(human(&rows[i].e), rows[i].line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_names_are_those_of_the_design),
		cmocka_unit_test(only_what_applies_is_in_the_object),
		cmocka_unit_test(quality_has_its_numbers),
		cmocka_unit_test(a_sound_device_says_what_became_of_it),
		cmocka_unit_test(an_expectation_says_what_was_wanted_and_what_came),
		cmocka_unit_test(a_text_of_json_comes_back_as_it_was_sent),
		cmocka_unit_test(what_is_no_utf8_is_escaped),
		cmocka_unit_test(nothing_that_a_peer_sent_reaches_the_terminal_raw),
		cmocka_unit_test(a_message_is_shown_line_by_line_and_safe),
		cmocka_unit_test(lines_for_people_read_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
