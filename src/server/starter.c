#include "server/starter.h"

#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "os/route.h"
#include "server/account.h"

/* Names shown of a longer list. */
#define SHOWN_USERS 12
#define SHOWN_ADDRESSES 6

static const char *const starter_names[AHOY_STARTER_USERS] = {"111", "112", "115"};

int ahoy_starter_make(ahoy_store *store, ahoy_starter *out)
{
	uint64_t count;
	int err = ahoy_store_user_count(store, &count);

	memset(out, 0, sizeof *out);
	if (err || count)
		return err;
	err = ahoy_store_begin(store);
	for (size_t i = 0; i < AHOY_STARTER_USERS && !err; i++) {
		ahoy_password *password = &out->users[i].password;
		ahoy_slice name = ahoy_slice_of(starter_names[i]);
		ahoy_user_record record;

		ahoy_password_generate(password);
		out->users[i].name = starter_names[i];
		ahoy_account_record(name, ahoy_store_realm(store), (ahoy_slice){password->text, password->len}, &record);
		err = ahoy_store_user_put(store, name, &record);
	}
	if (err)
		ahoy_store_rollback(store);
	else
		err = ahoy_store_commit(store);
	out->made = !err;
	return err;
}

/* The addresses that a phone can be given: a listener's own, or the machine's where it listens on all. */
static size_t phone_addresses(const ahoy_settings *settings, const ahoy_addr *bound, size_t count, ahoy_addr out[SHOWN_ADDRESSES])
{
	ahoy_interface interfaces[32];
	size_t known = ahoy_route_interfaces(interfaces, 32), found = 0;

	if (settings->public_address.family) {
		out[found] = settings->public_address;
		out[found++].port = bound[0].port;
	}
	for (size_t i = 0; i < count; i++) {
		if (!ahoy_addr_is_any(&bound[i])) {
			if (found < SHOWN_ADDRESSES)
				out[found++] = bound[i];
			continue;
		}
		for (size_t j = 0; j < known && found < SHOWN_ADDRESSES; j++) {
			/* Link-local addresses need a zone, which softphones do not take. */
			if (interfaces[j].addr.family != bound[i].family || interfaces[j].addr.scope)
				continue;
			out[found] = interfaces[j].addr;
			out[found++].port = bound[i].port;
		}
	}
	return found;
}

static void print_addresses(const ahoy_settings *settings, const ahoy_addr *bound, size_t count)
{
	ahoy_addr addresses[SHOWN_ADDRESSES];
	size_t found = phone_addresses(settings, bound, count, addresses);

	for (size_t i = 0; i < found; i++) {
		char text[AHOY_ADDR_TEXT + 1];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		/* 5060 is what a phone takes by itself. */
		if (addresses[i].port == 5060)
			ahoy_addr_put_ip(&b, &addresses[i], true);
		else
			ahoy_addr_put(&b, &addresses[i]);
		printf("%s %s", i ? " or" : "", ahoy_buf_cstr(&b));
	}
	putchar('\n');
}

/* `--db FILE` for the commands that are shown, where it is needed. */
static void print_db(const ahoy_settings *settings)
{
	if (strcmp(settings->db, "ahoy.db") != 0)
		printf(" --db %s", settings->db);
}

typedef struct {
	size_t shown;
	uint64_t count;
} listing;

static bool print_user(void *ctx, ahoy_slice name)
{
	listing *l = ctx;
	char text[4 * AHOY_MAX_USER + 1];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_buf_escaped(&b, name);
	printf("%s %s", l->shown ? "," : "", ahoy_buf_cstr(&b));
	return ++l->shown < SHOWN_USERS;
}

static int print_users(ahoy_store *store, const ahoy_settings *settings)
{
	listing l = {0, 0};
	int err = ahoy_store_user_count(store, &l.count);

	if (err)
		return err;
	if (l.count == 0) {
		printf("%s has no users. To add one: ahoyd user add NAME", settings->db);
		print_db(settings);
		putchar('\n');
		return 0;
	}
	printf("%llu user%s in %s:", (unsigned long long)l.count, l.count == 1 ? "" : "s", settings->db);
	err = ahoy_store_user_list(store, print_user, &l);
	if (l.count > l.shown)
		printf(" and %llu more", (unsigned long long)(l.count - l.shown));
	printf("\nA forgotten password is replaced by: ahoyd user passwd NAME");
	print_db(settings);
	putchar('\n');
	return err;
}

int ahoy_starter_print(ahoy_starter *starter, ahoy_store *store, const ahoy_settings *settings, const ahoy_addr *bound,
		       size_t count)
{
	int err = 0;

	if (starter->made) {
		printf("The database %s was empty. These users were made; their passwords are shown this once:\n\n", settings->db);
		for (size_t i = 0; i < AHOY_STARTER_USERS; i++)
			printf("    user %s  password %s\n", starter->users[i].name, starter->users[i].password.text);
		printf("\nIn each of two softphones make an account with one of them:\n\n    domain or server:");
		print_addresses(settings, bound, count);
		printf("    user name: 111 (in the other one: 112)\n    password:  as above\n    transport: UDP or TCP\n\n"
		       "Then call 112 from the first%s%s%s. A new password for 111: ahoyd user passwd 111",
		       settings->echo_number[0] ? ", or " : "", settings->echo_number,
		       settings->echo_number[0] ? " to hear yourself" : "");
		print_db(settings);
		printf("\n\n");
	} else {
		err = print_users(store, settings);
		printf("Phones register at");
		print_addresses(settings, bound, count);
	}
	ahoy_secret_wipe(starter, sizeof *starter);
	return err;
}
