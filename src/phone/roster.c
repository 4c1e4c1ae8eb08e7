#include "phone/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/hash.h"
#include "os/csv.h"
#include "phone/exit_code.h"
#include "sip/uri.h"

#define PACE AHOY_MS(1)

/* ---- the file ---- */

static int set_line(ahoy_roster_line *line, const char *registrar, ahoy_slice name, ahoy_slice password, ahoy_buf *why)
{
	char text[2 * AHOY_PHONE_URI];
	ahoy_buf b = ahoy_buf_over(text, sizeof text - 1);

	ahoy_buf_str(&b, "sip:");
	ahoy_uri_escape_user(&b, name);
	ahoy_buf_char(&b, '@');
	ahoy_buf_str(&b, registrar + 4); /* sip:HOST */
	if (!name.len || b.full) {
		ahoy_buf_str(why, "a name is missing or too long");
		return AHOY_ESYNTAX;
	}
	if (password.len >= sizeof line->password.text) {
		ahoy_buf_str(why, "the password is too long");
		return AHOY_ESYNTAX;
	}
	if (password.len)
		memcpy(line->password.text, password.ptr, password.len);
	line->password.len = password.len;
	return ahoy_account_parse(ahoy_buf_cstr(&b), &line->account, why);
}

static int read_line(ahoy_roster *roster, const ahoy_csv *csv, const char *registrar, ahoy_buf *why)
{
	bool is_header = csv->line == 1 && ahoy_slice_eq(csv->fields[0], AHOY_S("name"));

	if (csv->count != 2) {
		ahoy_buf_str(why, "a line is name,password");
		return AHOY_ESYNTAX;
	}
	if (is_header)
		return 0;
	if (roster->count == AHOY_ROSTER_MOST) {
		ahoy_buf_fmt(why, "these are too many accounts: %d at the most", AHOY_ROSTER_MOST);
		return AHOY_ESYNTAX;
	}
	return set_line(&roster->lines[roster->count++], registrar, csv->fields[0], csv->fields[1], why);
}

static int read_file(ahoy_roster *roster, const ahoy_phone_options *o, ahoy_buf *why)
{
	FILE *file = fopen(o->accounts_file, "r");
	char fault_text[256];
	ahoy_buf fault = ahoy_buf_over(fault_text, sizeof fault_text);
	ahoy_csv csv;
	int err;

	if (!file) {
		ahoy_buf_fmt(why, "%s: %s", o->accounts_file, strerror(errno));
		return AHOY_EIO;
	}
	ahoy_csv_init(&csv, file);
	while ((err = ahoy_csv_next(&csv)) == 0)
		if ((err = read_line(roster, &csv, o->account.registrar, &fault)) != 0)
			break;
	ahoy_secret_wipe(csv.text, sizeof csv.text);
	fclose(file);
	if (err == AHOY_ENOTFOUND && roster->count)
		return 0;
	if (err == AHOY_ENOTFOUND)
		ahoy_buf_str(&fault, "no account is in it");
	else if (!fault.len)
		ahoy_buf_str(&fault, csv.why ? csv.why : ahoy_err_text(err));
	ahoy_buf_fmt(why, "%s:%llu: %s", o->accounts_file, (unsigned long long)csv.line, ahoy_buf_cstr(&fault));
	return err == AHOY_ENOTFOUND ? AHOY_ESYNTAX : err;
}

int ahoy_roster_load(ahoy_roster *roster, const ahoy_phone_options *o, const ahoy_phone_password *password, ahoy_buf *why)
{
	int err = 0;

	*roster = (ahoy_roster){.next_at = AHOY_NEVER};
	roster->lines = calloc(o->accounts_file ? AHOY_ROSTER_MOST : 1, sizeof *roster->lines);
	if (!roster->lines) {
		ahoy_buf_str(why, ahoy_err_text(AHOY_ENOMEM));
		return AHOY_ENOMEM;
	}
	if (o->accounts_file) {
		err = read_file(roster, o, why);
	} else {
		roster->count = 1;
		roster->lines[0].account = o->account;
		roster->lines[0].password = *password;
	}
	for (size_t i = 0; i < roster->count; i++)
		roster->lines[i].identity = (ahoy_phone_identity){&roster->lines[i].account, &roster->lines[i].password};
	if (err)
		ahoy_roster_fini(roster);
	return err;
}

void ahoy_roster_fini(ahoy_roster *roster)
{
	for (size_t i = 0; i < roster->count; i++)
		ahoy_phone_password_wipe(&roster->lines[i].password);
	free(roster->lines);
	*roster = (ahoy_roster){.next_at = AHOY_NEVER};
}

/* ---- registrations ---- */

static void keep_outcome(ahoy_roster *roster, const ahoy_registration *registration)
{
	if (registration->state == AHOY_REGISTRATION_OVER && !ahoy_exit_code(&roster->outcome))
		roster->outcome = registration->outcome;
}

static void begin_next(ahoy_roster *roster, ahoy_time now)
{
	ahoy_roster_line *line = &roster->lines[roster->begun++];

	ahoy_registration_begin(&line->registration, roster->phone, &line->identity, now, roster->once);
	keep_outcome(roster, &line->registration);
	roster->next_at = roster->begun < roster->count ? now + PACE : AHOY_NEVER;
}

void ahoy_roster_begin(ahoy_roster *roster, ahoy_phone *phone, ahoy_time now, bool once)
{
	roster->phone = phone;
	roster->once = once;
	begin_next(roster, now);
}

bool ahoy_roster_event(ahoy_roster *roster, const ahoy_ua_event *event)
{
	if (!event->registration)
		return false;
	for (size_t i = 0; i < roster->begun; i++) {
		if (ahoy_registration_event(&roster->lines[i].registration, event)) {
			keep_outcome(roster, &roster->lines[i].registration);
			return true;
		}
	}
	return false;
}

ahoy_time ahoy_roster_deadline(const ahoy_roster *roster)
{
	return roster->next_at;
}

static void end_next(ahoy_roster *roster, ahoy_time now)
{
	ahoy_registration_end(&roster->lines[roster->ended++].registration, now);
	roster->next_at = roster->ended < roster->begun ? now + PACE : AHOY_NEVER;
}

void ahoy_roster_due(ahoy_roster *roster, ahoy_time now)
{
	if (now < roster->next_at)
		return;
	if (roster->leaving)
		end_next(roster, now);
	else
		begin_next(roster, now);
}

void ahoy_roster_end(ahoy_roster *roster, ahoy_time now)
{
	if (roster->leaving)
		return;
	roster->leaving = true;
	roster->next_at = AHOY_NEVER;
	if (roster->begun)
		end_next(roster, now);
}

bool ahoy_roster_over(const ahoy_roster *roster)
{
	if (!roster->leaving && roster->begun < roster->count)
		return false;
	for (size_t i = 0; i < roster->begun; i++)
		if (roster->lines[i].registration.state != AHOY_REGISTRATION_OVER)
			return false;
	return true;
}

static size_t find_user(const ahoy_roster *roster, ahoy_slice escaped)
{
	char text[AHOY_MAX_USER * 3 + 1];
	ahoy_buf user = ahoy_buf_over(text, sizeof text);
	size_t i = 0;

	ahoy_uri_unescape(&user, escaped);
	while (i < roster->count && !ahoy_slice_eq(ahoy_buf_slice(&user), ahoy_slice_of(roster->lines[i].account.username)))
		i++;
	return user.full ? roster->count : i;
}

size_t ahoy_roster_find(const ahoy_roster *roster, const ahoy_msg *request)
{
	size_t i;

	if (roster->count == 1)
		return 0;
	i = find_user(roster, request->uri.user);
	return i < roster->count ? i : find_user(roster, request->to.uri.user);
}
