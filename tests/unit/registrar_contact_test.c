/* registrar/contact: what one Contact value of a REGISTER says, and where it may point. */
#include "registrar/contact.h"

#include "registrar_support.h"

static void rfc3261_20_10_parameters_of_a_contact(void **state)
{
	static const struct {
		const char *value;
		int status;
		unsigned q_milli;
		uint32_t expires_s;
		const char *instance;
	} table[] = {
		{"<sip:a@h>", 0, 1000, 777, ""},
		{"sip:a@h", 0, 1000, 777, ""},
		{"\"A, B\" <sip:a@h;x=1>;q=0.5;expires=60", 0, 500, 60, ""},
		{"<sip:a@h>;EXPIRES=0", 0, 1000, 0, ""},
		{"<sip:a@h>;expires=4294967295", 0, 1000, 4294967295u, ""},
		{"<sip:a@h>;expires=4294967296", 0, 1000, 4294967295u, ""},
		{"<sip:a@h>;expires=99999999999999999999999", 0, 1000, 4294967295u, ""},
		/* Malformed ones count as an hour. */
		{"<sip:a@h>;expires=-1", 0, 1000, 3600, ""},
		{"<sip:a@h>;expires=soon", 0, 1000, 3600, ""},
		{"<sip:a@h>;expires", 0, 1000, 3600, ""},
		{"<sip:a@h>;expires=\"60\"", 0, 1000, 3600, ""},
		{"<sip:a@h>;q=0", 0, 0, 777, ""},
		{"<sip:a@h>;q=1", 0, 1000, 777, ""},
		{"<sip:a@h>;q=1.", 0, 1000, 777, ""},
		{"<sip:a@h>;q=1.000", 0, 1000, 777, ""},
		{"<sip:a@h>;q=0.001", 0, 1, 777, ""},
		{"<sip:a@h>;q=0.07", 0, 70, 777, ""},
		{"<sip:a@h>;q=1.001", 400, 0, 0, ""},
		{"<sip:a@h>;q=2", 400, 0, 0, ""},
		{"<sip:a@h>;q=0.1234", 400, 0, 0, ""},
		{"<sip:a@h>;q=.5", 400, 0, 0, ""},
		{"<sip:a@h>;q=", 400, 0, 0, ""},
		{"<sip:a@h>;q=0,5", 0, 0, 777, ""}, /* the comma ends the value */
		{"<sip:a@h>;q=-1", 400, 0, 0, ""},
		{"<sip:a@h>;+sip.instance=\"<urn:uuid:1>\"", 0, 1000, 777, "\"<urn:uuid:1>\""},
		{"<sips:a@h>", 0, 1000, 777, ""},
		{"<tel:+4930115>", 400, 0, 0, ""},
		{"<mailto:a@h>", 400, 0, 0, ""},
		{"<http://h/>", 400, 0, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_contact contact;
		ahoy_contact_fault fault;
		ahoy_name_addr value;
		ahoy_slice rest;

		assert_err_row(ahoy_name_addr_parse(ahoy_slice_of(table[i].value), &value, &rest), 0, table[i].value);
		fault = ahoy_contact_read(&value, 777, &contact);
		assert_row(fault.status == table[i].status, table[i].value);
		assert_row(!fault.status == !fault.reason, table[i].value);
		if (fault.status)
			continue;
		assert_row(contact.q_milli == table[i].q_milli, table[i].value);
		assert_row(contact.expires_s == table[i].expires_s, table[i].value);
		assert_slice_row(contact.instance, table[i].instance, table[i].value);
	}
}

static void a_contact_has_a_bound(void **state)
{
	char text[AHOY_MAX_CONTACT + 16] = "<sip:";
	ahoy_contact contact;
	ahoy_name_addr value;
	ahoy_slice rest;

	(void)state;
	for (size_t len = AHOY_MAX_CONTACT - 1; len <= AHOY_MAX_CONTACT + 1; len++) {
		memset(text + 5, 'u', len - 4);
		memcpy(text + 1 + len - 5, "@h.de>", 7);
		assert_ok(ahoy_name_addr_parse(ahoy_slice_of(text), &value, &rest));
		assert_int_equal(value.uri.text.len, len);
		assert_int_equal(ahoy_contact_read(&value, 60, &contact).status, len > AHOY_MAX_CONTACT ? 400 : 0);
	}
}

static ahoy_registrar_config config_of(void)
{
	ahoy_registrar_config config = {.listener_count = 3};

	config.listeners[0] = addr_of("0.0.0.0:5060");
	config.listeners[1] = addr_of("[::]:5060");
	config.listeners[2] = addr_of("192.0.2.77:7000");
	config.self.public_address = addr_of("203.0.113.1");
	config.self.network_count = 2;
	config.self.networks[0].addr = addr_of("198.51.100.5");
	config.self.networks[0].prefix_bits = 24;
	config.self.networks[1].addr = addr_of("2001:db8:7::5");
	config.self.networks[1].prefix_bits = 64;
	return config;
}

static void a_contact_at_our_own_listener_or_at_many_is_refused(void **state)
{
	static const struct {
		const char *uri;
		int status;
	} table[] = {
		{"sip:a@192.0.2.9", 0},
		{"sip:a@phone.example.org:5060", 0},
		/* the address at which the REGISTER came, by the wildcard listener */
		{"sip:a@192.0.2.1:5060", 403},
		{"sip:a@192.0.2.1", 403},
		{"sip:a@192.0.2.1;transport=tcp", 403},
		{"sips:a@192.0.2.1", 0}, /* 5061 */
		{"sip:a@192.0.2.1:5062", 0},
		/* loopback: two programs on one machine */
		{"sip:a@127.0.0.1:5060", 403},
		{"sip:a@127.0.0.1:5068", 0},
		{"sip:a@[::1]:5060", 403},
		{"sip:a@[::1]:5062", 0},
		/* an interface's address, the public one */
		{"sip:a@198.51.100.5:5060", 403},
		{"sip:a@198.51.100.5:5068", 0},
		{"sip:a@[2001:db8:7::5]:5060", 403},
		{"sip:a@[2001:db8:7::6]:5060", 0},
		{"sip:a@203.0.113.1:5060", 403},
		{"sip:a@203.0.113.1:5068", 0},
		{"sip:a@[::ffff:192.0.2.1]:5060", 403},
		/* a listener with an address of its own */
		{"sip:a@192.0.2.77:7000", 403},
		{"sip:a@192.0.2.1:7000", 0},
		{"sip:a@203.0.113.1:7000", 403},
		/* a phone that does not know its address is reached at its source */
		{"sip:a@0.0.0.0:5060", 0},
		{"sip:a@224.0.0.1:5062", 403},
		{"sip:a@239.255.255.250:5062", 403},
		{"sip:a@255.255.255.255:5062", 403},
		{"sip:a@198.51.100.255:5062", 403},
		{"sip:a@198.51.101.255:5062", 0},
		{"sip:a@[ff02::1]:5062", 403},
		{"sip:a@[::ffff:224.0.0.1]:5062", 403},
		{"sip:a@192.0.2.9;maddr=224.0.0.1", 403},
		{"sip:a@192.0.2.9;maddr=192.0.2.1", 403},
		{"sip:a@192.0.2.9;maddr=192.0.2.10", 0},
	};
	ahoy_registrar_config config = config_of();
	ahoy_flow flow = flow_of("192.0.2.9:40000");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_contact_fault fault;
		ahoy_uri uri;

		assert_err_row(ahoy_uri_parse(ahoy_slice_of(table[i].uri), &uri), 0, table[i].uri);
		fault = ahoy_contact_allowed(&config, &uri, &flow);
		assert_row(fault.status == table[i].status && !fault.status == !fault.reason, table[i].uri);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_20_10_parameters_of_a_contact),
		cmocka_unit_test(a_contact_has_a_bound),
		cmocka_unit_test(a_contact_at_our_own_listener_or_at_many_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
