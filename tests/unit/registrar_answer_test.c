/* registrar/answer: the header lines of a registrar's answers. */
#include "registrar/registrar.h"

#include "registrar_support.h"

#define T0 AHOY_SECONDS(1000)

typedef struct {
	test_env te;
	ahoy_registrar *reg;
	char text[AHOY_REGISTRAR_LINES];
} fixture;

static void fixture_init(fixture *f)
{
	/* 2010-11-13 23:29:00 at T0. */
	ahoy_registrar_config config = {.min_expires_s = 90, .utc_offset_us = (int64_t)(AHOY_SECONDS(1289690940) - T0)};

	test_env_init(&f->te, 1);
	assert_ok(ahoy_registrar_new(&f->te.env, T0, &config, &f->reg));
}

static void fixture_fini(fixture *f)
{
	ahoy_registrar_del(f->reg);
	test_env_fini(&f->te);
}

static void load(fixture *f, const char *contact, unsigned q_milli, const char *instance, uint64_t remain_ms)
{
	ahoy_binding binding = {.contact = ahoy_slice_of(contact),
				.call_id = AHOY_S("c"),
				.q_milli = (uint16_t)q_milli,
				.flow = flow_of("192.0.2.9:5060"),
				.instance = ahoy_slice_of(instance),
				.expires_utc_ms = 1289690940000u + remain_ms};

	assert_ok(ahoy_registrar_load(f->reg, T0, AHOY_S("115"), &binding));
}

static ahoy_slice answer(fixture *f, ahoy_time now, int status)
{
	ahoy_buf b = ahoy_buf_over(f->text, sizeof f->text);

	ahoy_registrar_write_answer(f->reg, now, AHOY_S("115"), status, &b);
	assert_false(b.full);
	return ahoy_buf_slice(&b);
}

static void rfc3261_10_3_the_200_lists_every_binding_with_what_remains(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_slice(answer(&f, T0, 200), "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n");
	load(&f, "sip:115@h1;a=b", 1000, "", 60000);
	load(&f, "sip:115@h2", 70, "\"<urn:uuid:1>\"", 3600000);
	load(&f, "sip:115@h3", 500, "", 1);
	load(&f, "sip:115@h4", 0, "", 90000);
	assert_slice(answer(&f, T0, 200), "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
					  "Contact: <sip:115@h1;a=b>;expires=60\r\n"
					  "Contact: <sip:115@h3>;expires=1;q=0.5\r\n"
					  "Contact: <sip:115@h2>;expires=3600;q=0.07;+sip.instance=\"<urn:uuid:1>\"\r\n"
					  "Contact: <sip:115@h4>;expires=90;q=0\r\n");
	/* A begun second counts whole; what has expired is not there, though nobody has swept yet. */
	assert_slice(answer(&f, T0 + AHOY_MS(1001), 200), "Date: Sat, 13 Nov 2010 23:29:01 GMT\r\n"
							  "Contact: <sip:115@h1;a=b>;expires=59\r\n"
							  "Contact: <sip:115@h2>;expires=3599;q=0.07;+sip.instance=\"<urn:uuid:1>\"\r\n"
							  "Contact: <sip:115@h4>;expires=89;q=0\r\n");
	fixture_fini(&f);
}

static void refusals_carry_what_the_phone_needs_to_do_better(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f);
	assert_slice(answer(&f, T0, 423), "Min-Expires: 90\r\n");
	assert_slice(answer(&f, T0, 503), "Retry-After: 5\r\n");
	assert_slice(answer(&f, T0, 403), "");
	assert_slice(answer(&f, T0, 500), "");
	fixture_fini(&f);
}

static void the_longest_list_fits_the_stated_room(void **state)
{
	char contact[AHOY_MAX_CONTACT + 1], instance[AHOY_MAX_INSTANCE + 1];
	fixture f;

	(void)state;
	fixture_init(&f);
	memset(instance, 'i', AHOY_MAX_INSTANCE);
	instance[0] = instance[AHOY_MAX_INSTANCE - 1] = '"';
	instance[AHOY_MAX_INSTANCE] = '\0';
	for (unsigned i = 0; i < AHOY_MAX_CONTACTS; i++) {
		memset(contact, 'u', AHOY_MAX_CONTACT);
		memcpy(contact, "sip:", 4);
		contact[4] = (char)('a' + i);
		snprintf(contact + AHOY_MAX_CONTACT - 2, 3, "@h");
		load(&f, contact, 123, instance, (uint64_t)UINT32_MAX * 1000);
	}
	assert_in_range(answer(&f, T0, 200).len, AHOY_MAX_CONTACTS * (AHOY_MAX_CONTACT + AHOY_MAX_INSTANCE), AHOY_REGISTRAR_LINES);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_10_3_the_200_lists_every_binding_with_what_remains),
		cmocka_unit_test(refusals_carry_what_the_phone_needs_to_do_better),
		cmocka_unit_test(the_longest_list_fits_the_stated_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
