/* phone/roster: the accounts of a file, and whom a request is for. The registrations are in interop.test_accounts. */
#include "phone/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static char path[] = "/tmp/ahoy-roster-XXXXXX";

/* Loads a file of this content for the server sip:h:5070. */
static int load(const char *content, ahoy_roster *roster, char text[256])
{
	ahoy_phone_options o = {.accounts_file = path};
	ahoy_phone_password none = {.len = 0};
	ahoy_buf why = ahoy_buf_over(text, 256);
	FILE *file = fopen(path, "w");
	int err;

	assert_non_null(file);
	assert_int_equal(fwrite(content, 1, strlen(content), file), strlen(content));
	fclose(file);
	strcpy(o.account.registrar, "sip:h:5070");
	err = ahoy_roster_load(roster, &o, &none, &why);
	(void)ahoy_buf_cstr(&why);
	return err;
}

static void a_file_names_accounts_at_the_server(void **state)
{
	ahoy_roster roster;
	char why[256];

	(void)state;
	assert_ok(load("name,password\r\n111,one\r\n\"a b\",\"with \"\"quotes\"\", and a comma\"\r\n112,\r\n", &roster, why));
	assert_int_equal(roster.count, 3);
	assert_string_equal(roster.lines[0].account.aor, "sip:111@h:5070");
	assert_string_equal(roster.lines[0].account.registrar, "sip:h:5070");
	assert_string_equal(roster.lines[1].account.aor, "sip:a%20b@h:5070");
	assert_string_equal(roster.lines[1].account.username, "a b");
	assert_int_equal(roster.lines[1].password.len, strlen("with \"quotes\", and a comma"));
	assert_int_equal(roster.lines[2].password.len, 0);
	assert_ptr_equal(roster.lines[2].identity.account, &roster.lines[2].account);
	assert_false(ahoy_roster_over(&roster)); /* none has begun */
	ahoy_roster_fini(&roster);
}

static void a_bad_file_is_named_with_its_line(void **state)
{
	static const struct {
		const char *content, *says;
	} rows[] = {
		{"", "no account is in it"},
		{"name,password\n", "no account is in it"},
		{"1,a\n2\n", ":2: a line is name,password"},
		{"1,a\n2,b,c\n", ":2: a line is name,password"},
		{"1,\"x\n", ":1: a quote is not closed"},
		{",x\n", ":1: a name is missing"},
	};
	ahoy_roster roster;
	char why[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_err_row(load(rows[i].content, &roster, why), AHOY_ESYNTAX, rows[i].content);
		assert_row(strstr(why, rows[i].says) != NULL, why);
	}
}

static void a_thousand_accounts_are_taken_and_one_more_is_not(void **state)
{
	char *content = malloc(16 * (AHOY_ROSTER_MOST + 2)), why[256];
	ahoy_roster roster;
	size_t len = 0;

	(void)state;
	assert_non_null(content);
	for (int i = 0; i < AHOY_ROSTER_MOST; i++)
		len += (size_t)sprintf(content + len, "%d,p\n", i);
	assert_ok(load(content, &roster, why));
	assert_int_equal(roster.count, AHOY_ROSTER_MOST);
	ahoy_roster_fini(&roster);
	strcpy(content + len, "more,p\n");
	assert_err(load(content, &roster, why), AHOY_ESYNTAX);
	assert_non_null(strstr(why, "1000 at the most"));
	free(content);
}

static size_t find(const ahoy_roster *roster, const char *uri, const char *to)
{
	static ahoy_msg msg;
	char text[512];

	snprintf(text, sizeof text,
		 "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:x@y>;tag=1\r\nTo: <%s>\r\nCall-ID: c\r\n"
		 "CSeq: 1 INVITE\r\n\r\n",
		 uri, to);
	assert_ok(ahoy_msg_parse(ahoy_slice_of(text), &msg, NULL));
	return ahoy_roster_find(roster, &msg);
}

static void a_request_is_for_whom_its_uri_names_else_its_to(void **state)
{
	ahoy_roster roster;
	char why[256];

	(void)state;
	assert_ok(load("111,a\n\"a b\",b\n", &roster, why));
	assert_int_equal(find(&roster, "sip:111@192.0.2.1:5062", "sip:a%20b@h"), 0);
	assert_int_equal(find(&roster, "sip:a%20b@192.0.2.1", "sip:111@h"), 1);
	assert_int_equal(find(&roster, "sip:192.0.2.1", "sip:111@h"), 0);
	assert_int_equal(find(&roster, "sip:other@192.0.2.1", "sip:nobody@h"), 2);
	ahoy_roster_fini(&roster);
	/* Of one account everything is. */
	assert_ok(load("111,a\n", &roster, why));
	assert_int_equal(find(&roster, "sip:other@192.0.2.1", "sip:nobody@h"), 0);
	ahoy_roster_fini(&roster);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_names_accounts_at_the_server),
		cmocka_unit_test(a_bad_file_is_named_with_its_line),
		cmocka_unit_test(a_thousand_accounts_are_taken_and_one_more_is_not),
		cmocka_unit_test(a_request_is_for_whom_its_uri_names_else_its_to),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
