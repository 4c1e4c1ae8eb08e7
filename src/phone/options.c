#include "phone/options.h"

#include <getopt.h>
#include <stdlib.h>

#include "phone/option_value.h"

/* Which commands take an option. */
enum {
	IN_REGISTER = 1 << AHOY_COMMAND_REGISTER,
	IN_CALL = 1 << AHOY_COMMAND_CALL,
	IN_ANSWER = 1 << AHOY_COMMAND_ANSWER,
	IN_OPTIONS = 1 << AHOY_COMMAND_OPTIONS,
	IN_MESSAGE = 1 << AHOY_COMMAND_MESSAGE,
	IN_DEVICES = 1 << AHOY_COMMAND_DEVICES,
	IN_PHONE = 1 << AHOY_COMMAND_PHONE,
	IN_SEND = 1 << AHOY_COMMAND_SEND,
	IN_CALLS = IN_CALL | IN_ANSWER,
	IN_FILES = IN_CALLS | IN_PHONE,
	/* One set of common options, so that a script may give the same ones to every command. */
	IN_ALL = IN_REGISTER | IN_CALLS | IN_OPTIONS | IN_MESSAGE | IN_PHONE | IN_SEND
};

#define OPTION_TABLE(X)                                                              \
	X(HELP, "help", no_argument, IN_ALL | IN_DEVICES)                            \
	X(PASSWORD_FILE, "password-file", required_argument, IN_ALL)                 \
	X(PASSWORD, "password", required_argument, IN_ALL)                           \
	X(AUTH_USER, "auth-user", required_argument, IN_ALL)                         \
	X(PROXY, "proxy", required_argument, IN_ALL)                                 \
	X(LOCAL, "local", required_argument, IN_ALL)                                 \
	X(DNS_SERVER, "dns-server", required_argument, IN_ALL)                       \
	X(TLS_CA, "tls-ca", required_argument, IN_ALL)                               \
	X(TLS_INSECURE, "tls-insecure", no_argument, IN_ALL)                         \
	X(JSON, "json", no_argument, IN_ALL | IN_DEVICES)                            \
	X(TRACE, "trace", no_argument, IN_ALL)                                       \
	X(RTP_PORTS, "rtp-ports", required_argument, IN_ALL)                         \
	X(CODECS, "codecs", required_argument, IN_ALL)                               \
	X(SRTP, "srtp", required_argument, IN_ALL)                                   \
	X(IMPAIR, "impair", required_argument, IN_ALL)                               \
	X(PLAY, "play", required_argument, IN_FILES)                                 \
	X(RECORD, "record", required_argument, IN_FILES)                             \
	X(HOLD_MUSIC, "hold-music", required_argument, IN_PHONE)                     \
	X(SOUND, "sound", required_argument, IN_FILES)                               \
	X(MICROPHONE, "microphone", required_argument, IN_FILES)                     \
	X(SPEAKER, "speaker", required_argument, IN_FILES)                           \
	X(NO_DSP, "no-dsp", no_argument, IN_FILES)                                   \
	X(LEVELS, "levels", no_argument, IN_CALLS)                                   \
	X(HANGUP_AFTER, "hangup-after", required_argument, IN_CALLS)                 \
	X(EXPECT_AUDIO, "expect-audio", no_argument, IN_CALLS)                       \
	X(EXPECT_TONE, "expect-tone", required_argument, IN_CALLS)                   \
	X(EXPECT_DTMF, "expect-dtmf", required_argument, IN_CALLS)                   \
	X(MIN_MOS, "min-mos", required_argument, IN_CALLS)                           \
	X(VAD, "vad", no_argument, IN_FILES)                                         \
	X(DTMF, "dtmf", required_argument, IN_CALL)                                  \
	X(TONES, "tones", required_argument, IN_CALL | IN_PHONE)                     \
	X(ANONYMOUS, "anonymous", no_argument, IN_CALL | IN_PHONE)                   \
	X(DTMF_BY, "dtmf-by", required_argument, IN_FILES)                           \
	X(WAIT, "wait", required_argument, IN_CALL)                                  \
	X(CALLS, "calls", required_argument, IN_ANSWER)                              \
	X(RING, "ring", required_argument, IN_ANSWER)                                \
	X(REJECT, "reject", required_argument, IN_ANSWER)                            \
	X(ECHO, "echo", no_argument, IN_ANSWER)                                      \
	X(EXPIRES, "expires", required_argument, IN_REGISTER | IN_ANSWER | IN_PHONE) \
	X(PLAIN, "plain", no_argument, IN_PHONE)                                     \
	X(ONCE, "once", no_argument, IN_REGISTER)                                    \
	X(ACCOUNTS, "accounts", required_argument, IN_REGISTER | IN_ANSWER)          \
	X(ACCOUNT, "account", required_argument, IN_SEND)                            \
	X(HEADER, "header", required_argument, IN_SEND)                              \
	X(BODY, "body", required_argument, IN_SEND)                                  \
	X(CONTENT_TYPE, "content-type", required_argument, IN_SEND)                  \
	X(FROM, "from", required_argument, IN_SEND)                                  \
	X(TO, "to", required_argument, IN_SEND)                                      \
	X(CALL_ID, "call-id", required_argument, IN_SEND)                            \
	X(CSEQ, "cseq", required_argument, IN_SEND)                                  \
	X(TEMPLATE, "template", required_argument, IN_SEND)                          \
	X(RAW, "raw", no_argument, IN_SEND)                                          \
	X(AS_IS, "as-is", no_argument, IN_SEND)                                      \
	X(SHOW, "show", no_argument, IN_SEND)                                        \
	X(COUNT, "count", required_argument, IN_SEND)                                \
	X(INTERVAL, "interval", required_argument, IN_SEND)                          \
	X(TIMEOUT, "timeout", required_argument, IN_SEND)

enum {
	OPT_BASE = 0x100, /* beyond what getopt returns of itself */
#define OPTION_ENUM(id, name, argument, commands) OPT_##id,
	OPTION_TABLE(OPTION_ENUM)
#undef OPTION_ENUM
	OPT_END
};

static const struct {
	const char *name;
	int argument, id;
	unsigned commands;
} option_table[] = {
#define OPTION_ROW(id, name, argument, commands) {name, argument, OPT_##id, commands},
	OPTION_TABLE(OPTION_ROW)
#undef OPTION_ROW
};
enum {
	OPTION_COUNT = OPT_END - OPT_BASE - 1
};

static const char *const command_names[] = {"", "register", "call", "answer", "options", "message", "devices", "phone", "send"};
enum {
	COMMAND_COUNT = sizeof command_names / sizeof *command_names
};

const char *ahoy_command_name(ahoy_command command)
{
	return (unsigned)command < COMMAND_COUNT ? command_names[command] : "";
}

bool ahoy_command_has_account(ahoy_command command)
{
	return command != AHOY_COMMAND_NONE && command != AHOY_COMMAND_OPTIONS && command != AHOY_COMMAND_DEVICES &&
	       command != AHOY_COMMAND_SEND;
}

static void defaults(ahoy_phone_options *o)
{
	memset(o, 0, sizeof *o);
	/* Beside the range that a server on the same machine uses by default. */
	o->rtp_port_low = 20002;
	o->rtp_port_high = 29998;
	o->expires_s = 3600;
	o->wait = AHOY_SECONDS(60);
	o->send = (ahoy_send_options){.cseq = 1, .count = 1, .interval = AHOY_SECONDS(1), .timeout = AHOY_SECONDS(32)};
	o->codec_count = ahoy_codec_defaults(o->codecs);
}

static int set_expectation(ahoy_expectations *expect, int id, const char *value, ahoy_buf *why)
{
	switch (id) {
	case OPT_EXPECT_AUDIO:
		expect->audio = true;
		return 0;
	case OPT_EXPECT_TONE:
		return ahoy_option_tone(value, expect->tones_hz, &expect->tone_count, why);
	case OPT_EXPECT_DTMF:
		expect->dtmf = value;
		return ahoy_option_expected_keys(value, why);
	case OPT_MIN_MOS:
		return ahoy_option_mos(value, &expect->min_mos, why);
	default:
		return AHOY_EINVAL;
	}
}

/* --sound is for the end that is not named by itself, whatever their order. */
static int set_sound_option(ahoy_phone_options *o, int id, const char *value, ahoy_buf *why)
{
	switch (id) {
	case OPT_SOUND:
		o->sound = value;
		return ahoy_option_sound(value, why);
	case OPT_MICROPHONE:
		o->microphone = value;
		return ahoy_option_sound(value, why);
	case OPT_SPEAKER:
		o->speaker = value;
		return ahoy_option_sound(value, why);
	case OPT_NO_DSP:
		o->no_dsp = true;
		return 0;
	case OPT_LEVELS:
		o->levels = true;
		return 0;
	default:
		return set_expectation(&o->expect, id, value, why);
	}
}

static int add_header(ahoy_send_options *s, const char *line, ahoy_buf *why)
{
	if (ahoy_craft_check_header(line)) {
		ahoy_buf_str(why, "give 'Name: value', or 'Name:' to leave ours out");
		return AHOY_EINVAL;
	}
	if (s->header_count == AHOY_CRAFT_HEADERS) {
		ahoy_buf_fmt(why, "these are too many headers: %d at the most; use --template", AHOY_CRAFT_HEADERS);
		return AHOY_EINVAL;
	}
	s->headers[s->header_count++] = line;
	return 0;
}

static int set_flag(bool *flag)
{
	*flag = true;
	return 0;
}

/* An option of ahoy send. */
static int set_send_option(ahoy_phone_options *o, int id, const char *value, ahoy_buf *why)
{
	ahoy_send_options *s = &o->send;
	const struct {
		int id;
		const char **slot;
	} texts[] = {
		{OPT_BODY, &s->body},
		{OPT_CONTENT_TYPE, &s->type},
		{OPT_FROM, &s->from},
		{OPT_TO, &s->to},
		{OPT_CALL_ID, &s->call_id},
		{OPT_TEMPLATE, &s->template_file},
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (id == texts[i].id) {
			*texts[i].slot = value;
			return ahoy_option_present(value, why);
		}
	}
	switch (id) {
	case OPT_ACCOUNT:
		return ahoy_account_parse(value, &o->account, why);
	case OPT_HEADER:
		return add_header(s, value, why);
	case OPT_CSEQ:
		return ahoy_option_number(value, 0, 2147483647, &s->cseq, why);
	case OPT_RAW:
		return set_flag(&s->raw);
	case OPT_AS_IS:
		return set_flag(&s->as_is);
	case OPT_SHOW:
		return set_flag(&s->show);
	case OPT_COUNT:
		return ahoy_option_number(value, 1, 100000, &s->count, why);
	case OPT_INTERVAL:
		return ahoy_option_seconds(value, &s->interval, why);
	case OPT_TIMEOUT:
		return ahoy_option_seconds(value, &s->timeout, why);
	default:
		return AHOY_EINVAL;
	}
}

/* An option of calls. */
static int set_call_option(ahoy_phone_options *o, int id, const char *value, ahoy_buf *why)
{
	switch (id) {
	case OPT_RTP_PORTS:
		return ahoy_option_ports(value, &o->rtp_port_low, &o->rtp_port_high, why);
	case OPT_CODECS:
		return ahoy_option_codecs(value, o->codecs, &o->codec_count, why);
	case OPT_SRTP:
		return ahoy_option_srtp(value, &o->srtp, why);
	case OPT_PLAY:
		o->play = value;
		return ahoy_option_present(value, why);
	case OPT_RECORD:
		o->record = value;
		return ahoy_option_present(value, why);
	case OPT_HOLD_MUSIC:
		o->hold_music = value;
		return ahoy_option_present(value, why);
	case OPT_HANGUP_AFTER:
		o->has_hangup_after = true;
		return ahoy_option_seconds(value, &o->hangup_after, why);
	case OPT_DTMF:
		o->dtmf = value;
		return ahoy_option_keys(value, why);
	case OPT_DTMF_BY:
		return ahoy_option_key_way(value, &o->dtmf_by, why);
	case OPT_WAIT:
		return ahoy_option_seconds(value, &o->wait, why);
	case OPT_CALLS:
		return ahoy_option_number(value, 1, 1000000000, &o->calls, why);
	case OPT_RING:
		return ahoy_option_seconds(value, &o->ring, why);
	case OPT_REJECT:
		return ahoy_option_status(value, &o->reject, why);
	case OPT_TONES:
		o->tones = value;
		return ahoy_option_country(value, why);
	case OPT_ANONYMOUS:
		o->anonymous = true;
		return 0;
	case OPT_VAD:
		o->vad = true;
		return 0;
	case OPT_ECHO:
		o->echo = true;
		return 0;
	default:
		return id >= OPT_ACCOUNT ? set_send_option(o, id, value, why) : set_sound_option(o, id, value, why);
	}
}

/* "rtp:" or "sip:" in front names what is to suffer; without it both do. */
static int set_impairment(ahoy_phone_options *o, ahoy_slice value, ahoy_buf *why)
{
	bool rtp = ahoy_slice_starts(value, AHOY_S("rtp:")), sip = ahoy_slice_starts(value, AHOY_S("sip:"));
	ahoy_impairment how;
	int err = ahoy_impair_parse(ahoy_slice_from(value, rtp || sip ? 4 : 0), &how, why);

	if (err)
		return err;
	if (!sip) {
		o->has_impair_rtp = true;
		o->impair_rtp = how;
	}
	if (!rtp) {
		o->has_impair_sip = true;
		o->impair_sip = how;
	}
	return 0;
}

static int set_option(ahoy_phone_options *o, int id, const char *value, ahoy_buf *why)
{
	switch (id) {
	case OPT_HELP:
		o->help = true;
		return 0;
	case OPT_PASSWORD_FILE:
		o->password_file = value;
		return ahoy_option_present(value, why);
	case OPT_AUTH_USER:
		o->auth_user = value;
		return ahoy_option_present(value, why);
	case OPT_PROXY:
		return ahoy_proxy_parse(value, o->proxy, why);
	case OPT_LOCAL:
		return ahoy_option_local(value, &o->local, why);
	case OPT_DNS_SERVER:
		return ahoy_option_dns_server(value, &o->dns_server, why);
	case OPT_TLS_CA:
		o->tls_ca = value;
		return ahoy_option_present(value, why);
	case OPT_TLS_INSECURE:
		o->tls_insecure = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_TRACE:
		o->trace = true;
		return 0;
	case OPT_IMPAIR:
		return set_impairment(o, ahoy_slice_of(value), why);
	case OPT_EXPIRES:
		return ahoy_option_number(value, 0, UINT32_MAX, &o->expires_s, why);
	case OPT_PLAIN:
		o->plain = true;
		return 0;
	case OPT_ACCOUNTS:
		o->accounts_file = value;
		return ahoy_option_present(value, why);
	case OPT_ONCE:
		o->once = true;
		return 0;
	default:
		return set_call_option(o, id, value, why);
	}
}

static ahoy_command command_of(const char *word)
{
	for (unsigned i = 1; i < COMMAND_COUNT; i++)
		if (strcmp(word, command_names[i]) == 0)
			return (ahoy_command)i;
	return AHOY_COMMAND_NONE;
}

static bool takes(ahoy_command command, size_t row)
{
	return (option_table[row].commands & 1u << command) != 0;
}

/* One that the command has not, and whose name getopt would take for the short form of one that it has (--dtmf, --dtmf-by). */
static bool is_misread(ahoy_command command, size_t row)
{
	size_t len = strlen(option_table[row].name);

	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (takes(command, i) && strncmp(option_table[i].name, option_table[row].name, len) == 0)
			return true;
	return false;
}

/* getopt's table of one command's options, and of those that must not be misread. */
static void options_of(ahoy_command command, struct option out[OPTION_COUNT + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (takes(command, i) || is_misread(command, i))
			out[count++] = (struct option){
				.name = option_table[i].name, .has_arg = option_table[i].argument, .val = option_table[i].id};
	out[count] = (struct option){0};
}

static const char *option_name(int id)
{
	return option_table[id - OPT_BASE - 1].name;
}

static int unknown_option(const char *command, const char *word, ahoy_buf *why)
{
	if (optopt > OPT_BASE)
		ahoy_buf_fmt(why, "%s: --%s takes no value; see ahoy %s --help", command, option_name(optopt), command);
	else if (optopt)
		ahoy_buf_fmt(why, "%s: -%c is no option here; see ahoy %s --help", command, optopt, command);
	else
		ahoy_buf_fmt(why, "%s: %s is no option here; see ahoy %s --help", command, word, command);
	return AHOY_EINVAL;
}

static int parse_flags(int argc, char **argv, ahoy_phone_options *o, ahoy_buf *why)
{
	const char *command = ahoy_command_name(o->command);
	struct option table[OPTION_COUNT + 1];
	int id;

	options_of(o->command, table);
	optind = 0; /* glibc: begin anew, for a second parse in the same process */
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		char fault_text[256];
		ahoy_buf fault = ahoy_buf_over(fault_text, sizeof fault_text);

		if (id == ':') {
			ahoy_buf_fmt(why, "%s: %s needs a value; see ahoy %s --help", command, argv[optind - 1], command);
			return AHOY_EINVAL;
		}
		if (id == '?')
			return unknown_option(command, argv[optind - 1], why);
		/* Also so that it is not taken for the short form of --password-file. */
		if (id == OPT_PASSWORD) {
			ahoy_buf_fmt(why, "%s: a password is never an argument, where others could read it: use --password-file or "
					  "$AHOY_PASSWORD",
				     command);
			return AHOY_EINVAL;
		}
		if (id == 'h')
			id = OPT_HELP;
		if (!takes(o->command, (size_t)(id - OPT_BASE - 1))) {
			ahoy_buf_fmt(why, "%s: --%s is no option here; see ahoy %s --help", command, option_name(id), command);
			return AHOY_EINVAL;
		}
		if (set_option(o, id, optarg, &fault)) {
			ahoy_buf_fmt(why, "%s: --%s %s: %s", command, option_name(id), optarg, ahoy_buf_cstr(&fault));
			return AHOY_EINVAL;
		}
		if (o->help)
			return 0;
	}
	return 0;
}

/* What stands on the line for each command. */
static const char *operands_of(const ahoy_phone_options *o)
{
	switch (o->command) {
	case AHOY_COMMAND_SEND:
		return o->send.template_file ? "TARGET (the template names the method)" : "METHOD TARGET";
	case AHOY_COMMAND_REGISTER:
	case AHOY_COMMAND_ANSWER:
		return o->accounts_file ? "SERVER (the file names the accounts)" : "ACCOUNT";
	case AHOY_COMMAND_CALL:
		return "ACCOUNT TARGET";
	case AHOY_COMMAND_OPTIONS:
		return "TARGET";
	case AHOY_COMMAND_MESSAGE:
		return "ACCOUNT TARGET TEXT";
	case AHOY_COMMAND_PHONE:
		return "ACCOUNT";
	case AHOY_COMMAND_DEVICES:
	case AHOY_COMMAND_NONE:
		break;
	}
	return "";
}

static int operand_fault(ahoy_phone_options *o, const char *what, const char *text, ahoy_buf *fault, ahoy_buf *why)
{
	ahoy_buf_fmt(why, "%s: %s %s %s", ahoy_command_name(o->command), what, text, ahoy_buf_cstr(fault));
	return AHOY_EINVAL;
}

static int parse_operands(int argc, char **argv, ahoy_phone_options *o, ahoy_buf *why)
{
	const char *names = operands_of(o);
	int wanted = *names ? 1 : 0;
	char fault_text[256];
	ahoy_buf fault = ahoy_buf_over(fault_text, sizeof fault_text);
	bool has_account = ahoy_command_has_account(o->command);

	for (const char *p = names; *p && *p != '('; p++)
		wanted += p[0] == ' ' && p[1] != '(';
	if (o->command == AHOY_COMMAND_PHONE ? argc < wanted || argc > AHOY_PHONE_ACCOUNTS : argc != wanted) {
		const char *command = ahoy_command_name(o->command);

		ahoy_buf_fmt(why, "%s: needs %s, %d given; see ahoy %s --help", command, *names ? names : "nothing more", argc,
			     command);
		return AHOY_EINVAL;
	}
	if (o->accounts_file) {
		if (ahoy_proxy_parse(argv[0], o->account.registrar, &fault))
			return operand_fault(o, "SERVER", argv[0], &fault, why);
		argv++;
	} else if (has_account) {
		if (ahoy_account_parse(argv[0], &o->account, &fault))
			return operand_fault(o, "ACCOUNT", argv[0], &fault, why);
		argv++;
	}
	for (int i = 1; o->command == AHOY_COMMAND_PHONE && i < argc; i++, argv++)
		if (ahoy_account_parse(argv[0], &o->others[o->other_count++], &fault))
			return operand_fault(o, "ACCOUNT", argv[0], &fault, why);
	if (o->command == AHOY_COMMAND_SEND && !o->send.template_file)
		o->send.method = *argv++;
	if (o->command == AHOY_COMMAND_CALL || o->command == AHOY_COMMAND_MESSAGE || o->command == AHOY_COMMAND_OPTIONS ||
	    o->command == AHOY_COMMAND_SEND) {
		if (ahoy_target_parse(argv[0], o->account.aor[0] ? &o->account : NULL, o->target, &fault))
			return operand_fault(o, "TARGET", argv[0], &fault, why);
		argv++;
	}
	if (o->command == AHOY_COMMAND_MESSAGE)
		o->text = argv[0];
	return 0;
}

static bool expects_any(const ahoy_expectations *expect)
{
	return expect->audio || expect->tone_count || expect->dtmf || expect->min_mos > 0;
}

static const char *send_fault(const ahoy_send_options *s)
{
	if ((s->raw || s->as_is) && !s->template_file)
		return "--raw and --as-is are about a message in a file: give it with --template";
	if (s->as_is && (s->raw || s->body))
		return "--as-is sends the file's bytes and nothing else: leave the rest out";
	if (s->method && !ahoy_craft_is_token(ahoy_slice_of(s->method)))
		return "METHOD must be a word such as OPTIONS";
	if (s->template_file && (s->header_count || s->type))
		return "a template has its own headers: leave out --header and --content-type";
	return NULL;
}

/* What does not go together. */
static int check_together(const ahoy_phone_options *o, ahoy_buf *why)
{
	const char *fault = NULL;

	if (o->echo && o->play)
		fault = "--echo and --play exclude each other: leave one out";
	else if (o->play && o->record && strcmp(o->play, o->record) == 0)
		fault = "--play and --record name the same file: give another to record to";
	else if (o->accounts_file && (o->password_file || o->auth_user))
		fault = "--accounts has the passwords: leave out --password-file and --auth-user";
	else if (o->reject && (o->echo || o->play || o->record || o->has_hangup_after || expects_any(&o->expect)))
		fault = "--reject answers no call: leave out what is to happen in one";
	else if (o->command == AHOY_COMMAND_PHONE && o->auth_user && o->other_count)
		fault = "--auth-user is for one account: leave it out, or start a phone for each";
	else if (o->command == AHOY_COMMAND_PHONE && o->password_file && strcmp(o->password_file, "-") == 0)
		fault = "--password-file -: standard input is where this phone's keys come from; give a file";
	if (o->command == AHOY_COMMAND_SEND)
		fault = send_fault(&o->send);
	if (!fault)
		return 0;
	ahoy_buf_fmt(why, "%s: %s", ahoy_command_name(o->command), fault);
	return AHOY_EINVAL;
}

static void no_command(const char *word, ahoy_buf *why)
{
	if (word)
		ahoy_buf_fmt(why, "%s is no command:", word);
	else
		ahoy_buf_str(why, "a command is missing:");
	for (unsigned i = 1; i < COMMAND_COUNT; i++)
		ahoy_buf_fmt(why, "%s %s", i == 1 ? "" : (i + 1 == COMMAND_COUNT ? " or" : ","), command_names[i]);
	ahoy_buf_str(why, "; see ahoy --help");
}

int ahoy_phone_options_parse(int argc, char **argv, ahoy_phone_options *out, ahoy_buf *why)
{
	int err;

	defaults(out);
	if (argc < 2) {
		no_command(NULL, why);
		return AHOY_EINVAL;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		out->help = true;
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		out->version = true;
		return 0;
	}
	out->command = command_of(argv[1]);
	if (out->command == AHOY_COMMAND_NONE) {
		no_command(argv[1], why);
		return AHOY_EINVAL;
	}
	err = parse_flags(argc - 1, argv + 1, out, why);
	if (err || out->help)
		return err;
	if (!out->microphone)
		out->microphone = out->sound;
	if (!out->speaker)
		out->speaker = out->sound;
	err = parse_operands(argc - 1 - optind, argv + 1 + optind, out, why);
	return err ? err : check_together(out, why);
}
