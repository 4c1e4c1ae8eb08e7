/* ahoy, the phone as a tool: reads the command line and the password, runs one command, exits with its code. */
#include <stdio.h>

#include "crypto/hash.h"
#include "phone/commands.h"
#include "phone/exit_code.h"

static int run(const ahoy_phone_options *options, const ahoy_phone_password *password)
{
	switch (options->command) {
	case AHOY_COMMAND_REGISTER:
		return ahoy_cmd_register(options, password);
	case AHOY_COMMAND_CALL:
		return ahoy_cmd_call(options, password);
	case AHOY_COMMAND_ANSWER:
		return ahoy_cmd_answer(options, password);
	case AHOY_COMMAND_OPTIONS:
		return ahoy_cmd_options(options, password);
	case AHOY_COMMAND_MESSAGE:
		return ahoy_cmd_message(options, password);
	case AHOY_COMMAND_DEVICES:
		return ahoy_cmd_devices(options);
	case AHOY_COMMAND_PHONE:
		return ahoy_cmd_phone(options);
	case AHOY_COMMAND_SEND:
		return ahoy_cmd_send(options, password);
	case AHOY_COMMAND_NONE:
		break;
	}
	return AHOY_EXIT_USAGE;
}

static int usage_error(ahoy_buf *why)
{
	fprintf(stderr, "ahoy: %s\n", why->len ? ahoy_buf_cstr(why) : "an argument is too long; see ahoy --help");
	return AHOY_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static ahoy_phone_options options;
	ahoy_phone_password password = {.len = 0};
	char text[4096];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	int code;

	if (ahoy_phone_options_parse(argc, argv, &options, &why))
		return usage_error(&why);
	if (options.help) {
		fputs(ahoy_phone_usage(options.command), stdout);
		return AHOY_EXIT_OK;
	}
	if (options.version) {
		puts("ahoy " AHOY_VERSION);
		return AHOY_EXIT_OK;
	}
	/* The interactive phone may have several accounts, and asks for itself. */
	if (options.account.aor[0] && options.command != AHOY_COMMAND_PHONE &&
	    ahoy_phone_password_get(options.password_file, options.account.aor, &password, &why))
		return usage_error(&why);
	code = run(&options, &password);
	ahoy_phone_password_wipe(&password);
	ahoy_hash_thread_fini();
	return code;
}
