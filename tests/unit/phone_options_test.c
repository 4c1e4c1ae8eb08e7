/* phone/options: the command line as ahoy(1) has it, and what is refused with one line. */
#include "phone/options.h"

#include "test.h"

#define MAX_WORDS 40

/* Splits a line at blanks ("''" is the empty word) and parses it. */
static int parse(const char *line, ahoy_phone_options *o, ahoy_buf *why)
{
	static char mem[512];
	char *argv[MAX_WORDS + 1];
	int argc = 0;

	assert_true(strlen(line) < sizeof mem);
	strcpy(mem, line);
	for (char *word = strtok(mem, " "); word; word = strtok(NULL, " ")) {
		assert_true(argc < MAX_WORDS);
		argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	argv[argc] = NULL;
	return ahoy_phone_options_parse(argc, argv, o, why);
}

static ahoy_phone_options good(const char *line)
{
	char mem[600];
	ahoy_buf why = ahoy_buf_over(mem, sizeof mem);
	ahoy_phone_options o;

	assert_err_row(parse(line, &o, &why), 0, line);
	assert_row(why.len == 0, line);
	return o;
}

static void every_option_of_a_call_is_taken(void **state)
{
	ahoy_phone_options o = good("ahoy call sip:115@h:5070 112 --play a.wav --record b.wav --dtmf 12#,A --dtmf-by info "
				    "--hangup-after 2.5 --wait 30 --codecs pcma,PCMU --expect-audio --expect-tone 440 "
				    "--expect-tone 1004.5 --expect-dtmf 1#A --min-mos 4.1 --json --trace");

	(void)state;
	assert_int_equal(o.command, AHOY_COMMAND_CALL);
	assert_string_equal(o.account.aor, "sip:115@h:5070");
	assert_string_equal(o.target, "sip:112@h:5070");
	assert_string_equal(o.play, "a.wav");
	assert_string_equal(o.record, "b.wav");
	assert_string_equal(o.dtmf, "12#,A");
	assert_int_equal(o.dtmf_by, AHOY_KEYS_BY_INFO);
	assert_true(o.has_hangup_after);
	assert_int_equal(o.hangup_after, AHOY_MS(2500));
	assert_int_equal(o.wait, AHOY_SECONDS(30));
	assert_int_equal(o.codec_count, 2);
	assert_string_equal(o.codecs[0]->name, "PCMA");
	assert_string_equal(o.codecs[1]->name, "PCMU");
	assert_true(o.expect.audio && o.json && o.trace);
	assert_int_equal(o.expect.tone_count, 2);
	assert_true(o.expect.tones_hz[0] == 440.0 && o.expect.tones_hz[1] == 1004.5);
	assert_string_equal(o.expect.dtmf, "1#A");
	assert_true(o.expect.min_mos == 4.1);
}

static void what_is_not_given_has_the_defaults_of_the_manual(void **state)
{
	static const char *const offered[] = {
		"opus",
		"G722",
		"GSM",
		"PCMU",
		"speex",
#ifdef AHOY_WITH_ILBC
		"iLBC",
#endif
		"PCMA",
	};
	ahoy_phone_options o = good("ahoy call sip:115@h 112");

	(void)state;
	assert_int_equal(o.wait, AHOY_SECONDS(60));
	assert_false(o.has_hangup_after);
	assert_int_equal(o.local.family, 0);
	assert_int_equal(o.rtp_port_low, 20002);
	assert_int_equal(o.rtp_port_high, 29998);
	/* Opus and G.722, then the seed's phone in its order. */
	assert_int_equal(o.codec_count, ARRAY_LEN(offered));
	for (size_t i = 0; i < o.codec_count; i++)
		assert_string_equal(o.codecs[i]->name, offered[i]);
	assert_null(o.play);
	o = good("ahoy answer sip:115@h");
	assert_int_equal(o.calls, 0);
	assert_int_equal(o.expires_s, 3600);
}

static void every_option_of_an_answer_is_taken(void **state)
{
	ahoy_phone_options o = good("ahoy answer --calls 3 --ring 0.25 --record r.wav --echo --hangup-after 4 --local 127.0.0.1:5062 "
				    "--proxy 127.0.0.1:5060 --dns-server 192.0.2.53 "
				    "--auth-user bob --password-file p --rtp-ports 30001-30010 sip:111@h");

	(void)state;
	assert_int_equal(o.calls, 3);
	assert_int_equal(o.ring, AHOY_MS(250));
	assert_true(o.echo);
	assert_int_equal(o.local.port, 5062);
	assert_string_equal(o.proxy, "sip:127.0.0.1:5060");
	assert_int_equal(o.dns_server.ip[3], 53);
	assert_int_equal(o.dns_server.port, 53);
	assert_string_equal(o.auth_user, "bob");
	assert_string_equal(o.password_file, "p");
	assert_int_equal(o.rtp_port_low, 30002);
	assert_int_equal(o.rtp_port_high, 30008);
	assert_int_equal(good("ahoy answer sip:111@h --reject 486").reject, 486);
}

static void the_other_commands_take_theirs(void **state)
{
	ahoy_phone_options o = good("ahoy register sip:111@h --expires 60 --once --local :5070");

	(void)state;
	assert_int_equal(o.expires_s, 60);
	assert_true(o.once);
	assert_int_equal(o.local.family, 0);
	assert_int_equal(o.local.port, 5070);
	assert_string_equal(good("ahoy options sip:h").target, "sip:h");
	o = good("ahoy message sip:111@h 112 -- --hello");
	assert_string_equal(o.target, "sip:112@h");
	assert_string_equal(o.text, "--hello");
	o = good("ahoy phone sip:111@h 112@i:5070 --plain --play a.wav --expires 60");
	assert_int_equal(o.other_count, 1);
	assert_string_equal(o.account.aor, "sip:111@h");
	assert_string_equal(o.others[0].aor, "sip:112@i:5070");
	assert_true(o.plain);
	assert_int_equal(good("ahoy phone 1@h 2@h 3@h 4@h 5@h 6@h 7@h 8@h").other_count, AHOY_PHONE_ACCOUNTS - 1);
}

static void a_sound_device_is_for_both_ends_or_for_one(void **state)
{
	ahoy_phone_options o = good("ahoy call sip:115@h 112");

	(void)state;
	assert_null(o.microphone);
	assert_null(o.speaker);
	assert_false(o.no_dsp || o.levels);
	o = good("ahoy call sip:115@h 112 --sound pulse --no-dsp --levels");
	assert_string_equal(o.microphone, "pulse");
	assert_string_equal(o.speaker, "pulse");
	assert_true(o.no_dsp && o.levels);
	o = good("ahoy answer sip:115@h --microphone tone:440,-20 --sound alsa:plughw:0,0");
	assert_string_equal(o.microphone, "tone:440,-20");
	assert_string_equal(o.speaker, "alsa:plughw:0,0");
	o = good("ahoy answer sip:115@h --speaker null");
	assert_null(o.microphone);
	assert_string_equal(o.speaker, "null");
	o = good("ahoy devices --json");
	assert_int_equal(o.command, AHOY_COMMAND_DEVICES);
	assert_true(o.json);
	assert_false(ahoy_command_has_account(AHOY_COMMAND_DEVICES));
}

static void every_option_of_send_is_taken(void **state)
{
	ahoy_phone_options o = good("ahoy send MESSAGE 112 --account sip:115@h --header X-A:1 --header To: --body hi "
				    "--content-type text/html "
				    "--from <sip:a@b> --to <sip:c@d> --call-id c --cseq 7 --count 3 --interval 0.5 --timeout 2 --show");

	(void)state;
	assert_int_equal(o.command, AHOY_COMMAND_SEND);
	assert_string_equal(o.send.method, "MESSAGE");
	assert_string_equal(o.target, "sip:112@h");
	assert_int_equal(o.send.header_count, 2);
	assert_string_equal(o.send.headers[1], "To:");
	assert_string_equal(o.send.body, "hi");
	assert_string_equal(o.send.type, "text/html");
	assert_string_equal(o.send.from, "<sip:a@b>");
	assert_string_equal(o.send.to, "<sip:c@d>");
	assert_string_equal(o.send.call_id, "c");
	assert_int_equal(o.send.cseq, 7);
	assert_int_equal(o.send.count, 3);
	assert_int_equal(o.send.interval, AHOY_MS(500));
	assert_int_equal(o.send.timeout, AHOY_SECONDS(2));
	assert_true(o.send.show);
	o = good("ahoy send --template f --raw sip:h");
	assert_string_equal(o.target, "sip:h");
	assert_null(o.send.method);
	assert_true(o.send.raw && !o.send.as_is);
	assert_int_equal(o.send.count, 1);
	assert_int_equal(o.send.timeout, AHOY_SECONDS(32));
}

static void a_bad_network_is_for_both_or_for_one(void **state)
{
	ahoy_phone_options o = good("ahoy call sip:1@h 2 --impair loss=5%,seed=7");

	(void)state;
	assert_true(o.has_impair_rtp && o.has_impair_sip);
	assert_int_equal(o.impair_rtp.loss, 5000);
	assert_int_equal(o.impair_sip.seed, 7);
	o = good("ahoy call sip:1@h 2 --impair rtp:delay=20ms");
	assert_true(o.has_impair_rtp && !o.has_impair_sip);
	o = good("ahoy call sip:1@h 2 --impair rtp:loss=1% --impair sip:loss=2%");
	assert_int_equal(o.impair_rtp.loss, 1000);
	assert_int_equal(o.impair_sip.loss, 2000);
}

static void a_file_of_accounts_comes_with_its_server(void **state)
{
	ahoy_phone_options o = good("ahoy answer --accounts users.csv 192.0.2.1:5070");

	(void)state;
	assert_string_equal(o.accounts_file, "users.csv");
	assert_string_equal(o.account.registrar, "sip:192.0.2.1:5070");
	assert_string_equal(o.account.aor, "");
	assert_string_equal(good("ahoy register --accounts u.csv sip:h --once").account.registrar, "sip:h");
}

static void help_and_version_need_nothing_else(void **state)
{
	(void)state;
	assert_true(good("ahoy --help").help);
	assert_int_equal(good("ahoy --help").command, AHOY_COMMAND_NONE);
	assert_true(good("ahoy call --help").help);
	assert_int_equal(good("ahoy call -h").command, AHOY_COMMAND_CALL);
	assert_true(good("ahoy --version").version);
	for (int c = AHOY_COMMAND_NONE; c <= AHOY_COMMAND_SEND; c++)
		assert_non_null(strstr(ahoy_phone_usage((ahoy_command)c), ahoy_command_name((ahoy_command)c)));
}

/* The line, and words that the refusal must hold. */
static const struct {
	const char *line, *says;
} bad[] = {
	{"ahoy", "command is missing"},
	{"ahoy dial", "dial is no command"},
	{"ahoy phone", "needs ACCOUNT, 0 given"},
	{"ahoy phone 1@h 2@h 3@h 4@h 5@h 6@h 7@h 8@h 9@h", "9 given"},
	{"ahoy phone sip:1@h nobody", "ACCOUNT nobody has no user part"},
	{"ahoy phone 1@h 2@h --auth-user x", "--auth-user is for one account"},
	{"ahoy phone 1@h --password-file -", "standard input"},
	{"ahoy phone 1@h --dtmf 1", "--dtmf is no option here"},
	{"ahoy call 1@h 2 --plain", "--plain is no option here"},
	{"ahoy call 1@h 2 --hold-music a.wav", "--hold-music is no option here"},
	{"ahoy call sip:1@h", "needs ACCOUNT TARGET, 1 given"},
	{"ahoy call sip:1@h 2 --sound ../x", "DRIVER:DEVICE"},
	{"ahoy call sip:1@h 2 --microphone :x", "DRIVER:DEVICE"},
	{"ahoy call sip:1@h 2 --speaker Pulse", "DRIVER:DEVICE"},
	{"ahoy message sip:1@h 2 t --sound pulse", "no option here"},
	{"ahoy devices pulse", "needs nothing more, 1 given"},
	{"ahoy call sip:1@h 2 3", "3 given"},
	{"ahoy options", "needs TARGET"},
	{"ahoy message sip:1@h 2", "needs ACCOUNT TARGET TEXT"},
	{"ahoy register h", "ACCOUNT h"},
	{"ahoy call sip:1@h sips:2@h;transport=udp", "TARGET sips:2@h;transport=udp is to be secured"},
	{"ahoy call sip:1@h 2 --frobnicate", "--frobnicate is no option here"},
	{"ahoy call sip:1@h 2 -x", "-x is no option here"},
	{"ahoy call sip:1@h 2 --json=1", "--json takes no value"},
	{"ahoy call sip:1@h 2 --play", "--play needs a value"},
	{"ahoy call sip:1@h 2 --play ''", "--play"},
	{"ahoy call sip:1@h 2 --calls 2", "--calls is no option here"},
	{"ahoy answer sip:1@h --dtmf 2", "--dtmf is no option here"},
	{"ahoy register sip:1@h --play x.wav", "--play is no option here"},
	{"ahoy call sip:1@h 2 --password secret", "never an argument"},
	{"ahoy call sip:1@h 2 --dtmf 12x", "keys are"},
	{"ahoy call sip:1@h 2 --hangup-after -1", "seconds"},
	{"ahoy call sip:1@h 2 --dtmf-by smoke", "auto, rtp, info or inband"},
	{"ahoy call sip:1@h 2 --hangup-after 1.2345", "seconds"},
	{"ahoy call sip:1@h 2 --hangup-after 99999999999999999999", "seconds"},
	{"ahoy call sip:1@h 2 --wait 2.", "seconds"},
	{"ahoy call sip:1@h 2 --codecs PCMU,foo", "foo is no codec of this version; there is opus, G722, GSM, PC"},
	{"ahoy call sip:1@h 2 --codecs speex/44100", "speex/44100 is no codec of this version"},
	{"ahoy call sip:1@h 2 --codecs speex/0", "PCMA, speex/16000"},
	{"ahoy call sip:1@h 2 --codecs PCMU,pcmu", "twice"},
	{"ahoy call sip:1@h 2 --codecs speex,speex/8000", "twice"},
	{"ahoy call sip:1@h 2 --codecs ''", "no codec"},
	{"ahoy call sip:1@h 2 --rtp-ports 4000", "LO-HI"},
	{"ahoy call sip:1@h 2 --rtp-ports 4000-3000", "range"},
	{"ahoy call sip:1@h 2 --rtp-ports 4001-4002", "range"},
	{"ahoy call sip:1@h 2 --rtp-ports 4000-70000", "LO-HI"},
	{"ahoy call sip:1@h 2 --local 300.1.1.1:5060", "address"},
	{"ahoy call sip:1@h 2 --local 224.0.0.1:5060", "address"},
	{"ahoy call sip:1@h 2 --local host:5060", "address"},
	{"ahoy call sip:1@h 2 --dns-server host", "name server"},
	{"ahoy call sip:1@h 2 --dns-server 0.0.0.0", "name server"},
	{"ahoy call sip:1@h 2 --play a.wav --record a.wav", "same file"},
	{"ahoy answer sip:1@h --calls 0", "number"},
	{"ahoy answer sip:1@h --reject 200", "400 to 699"},
	{"ahoy answer sip:1@h --reject 700", "400 to 699"},
	{"ahoy answer sip:1@h --reject 486 --play x.wav", "--reject"},
	{"ahoy answer sip:1@h --reject 486 --min-mos 4", "--reject"},
	{"ahoy answer sip:1@h --echo --play x.wav", "exclude"},
	{"ahoy call sip:1@h 2 --expect-tone 99", "100 to 20000"},
	{"ahoy call sip:1@h 2 --expect-tone 20000.5", "100 to 20000"},
	{"ahoy call sip:1@h 2 --expect-tone A4", "100 to 20000"},
	{"ahoy call sip:1@h 2 --expect-tone 400 --expect-tone 500 --expect-tone 600 --expect-tone 700 --expect-tone 800", "four"},
	{"ahoy call sip:1@h 2 --expect-dtmf 1,2", "pauses"},
	{"ahoy call sip:1@h 2 --expect-dtmf x", "keys are"},
	{"ahoy call sip:1@h 2 --expect-dtmf 12345678901234567890123456789012345678901234567890123456789012345", "64"},
	{"ahoy call sip:1@h 2 --min-mos 0.9", "1 to 4.5"},
	{"ahoy call sip:1@h 2 --min-mos 4.6", "1 to 4.5"},
	{"ahoy register sip:1@h --expect-tone 440", "--expect-tone is no option here"},
	{"ahoy register sip:1@h --expires 4294967296", "number"},
	{"ahoy call sip:1@h 2 --impair loss=200%", "loss=200%: give"},
	{"ahoy answer --accounts u.csv", "needs SERVER"},
	{"ahoy answer --accounts u.csv h --password-file p", "--accounts has the passwords"},
	{"ahoy call --accounts u.csv sip:1@h 2", "--accounts is no option here"},
	{"ahoy send OPTIONS", "needs METHOD TARGET, 1 given"},
	{"ahoy send --template f OPTIONS sip:h", "needs TARGET (the template names the method), 2 given"},
	{"ahoy send OP/IONS sip:h", "METHOD must be a word"},
	{"ahoy send OPTIONS sip:h --header X", "'Name: value'"},
	{"ahoy send OPTIONS sip:h --header :x", "'Name: value'"},
	{"ahoy send OPTIONS sip:h --raw", "--template"},
	{"ahoy send --template f --as-is --body x sip:h", "--as-is"},
	{"ahoy send --template f --header X:1 sip:h", "own headers"},
	{"ahoy send OPTIONS sip:h --count 0", "number"},
	{"ahoy send OPTIONS sip:h --cseq 2147483648", "number"},
	{"ahoy send OPTIONS sip:h --account 127.0.0.1", "no user part"},
};

static void a_bad_line_is_refused_with_one_line_that_names_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char mem[600];
		ahoy_buf why = ahoy_buf_over(mem, sizeof mem);
		ahoy_phone_options o;
		int err = parse(bad[i].line, &o, &why);

		assert_err_row(err, AHOY_EINVAL, bad[i].line);
		assert_false(why.full);
		assert_row(strstr(ahoy_buf_cstr(&why), bad[i].says) != NULL, ahoy_buf_cstr(&why));
		assert_row(strchr(ahoy_buf_cstr(&why), '\n') == NULL, bad[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_of_a_call_is_taken),
		cmocka_unit_test(what_is_not_given_has_the_defaults_of_the_manual),
		cmocka_unit_test(every_option_of_an_answer_is_taken),
		cmocka_unit_test(the_other_commands_take_theirs),
		cmocka_unit_test(a_sound_device_is_for_both_ends_or_for_one),
		cmocka_unit_test(every_option_of_send_is_taken),
		cmocka_unit_test(a_bad_network_is_for_both_or_for_one),
		cmocka_unit_test(a_file_of_accounts_comes_with_its_server),
		cmocka_unit_test(help_and_version_need_nothing_else),
		cmocka_unit_test(a_bad_line_is_refused_with_one_line_that_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
