#include <stdio.h>
#include <stdlib.h>

#include "server/commands.h"
#include "server/run_options.h"
#include "server/server.h"

static const ahoy_option config_option[] = {
	{"config", 'c', "FILE",
	 "Read this configuration file: lines `option = value` of the options below. The command line wins."}};

static int reread(void *ctx, ahoy_settings *out, char why[AHOY_SETTINGS_WHY])
{
	return ahoy_run_options_read(ctx, out, why);
}

int ahoy_command_run(int argc, char **argv)
{
	static const ahoy_command_line line = {
		"ahoyd run",
		"",
		"Runs the server in the foreground. Nothing needs to be configured: it listens on port 5060 of UDP and TCP, "
		"keeps users, registrations and call records in "
		"ahoy.db, and makes three users to begin with. On standard output it says `listening udp ADDR:PORT` "
		"(or tcp, tls) "
		"for each socket and then `ready`; its log "
		"goes to standard error. SIGTERM or SIGINT ends all calls and then the server, SIGHUP reads the "
		"configuration file and the TLS certificate again.",
		config_option,
		1,
		true,
		0,
		0,
		"Examples:\n"
		"  ahoyd run\n"
		"  ahoyd run --listen udp:192.0.2.10:5060 --listen tcp:192.0.2.10:5060 --db /var/lib/ahoy/ahoy.db\n"
		"  ahoyd run -c /etc/ahoyd.conf --log-level debug\n"};
	ahoy_run_options options;
	char why[AHOY_SETTINGS_WHY];
	ahoy_server *server;
	int status = ahoy_run_options_parse(&line, argc, argv, &options);

	if (status >= 0)
		return status;
	server = calloc(1, sizeof *server);
	if (!server)
		return ahoy_complain(AHOY_EXIT_FAILED, "out of memory");
	if (ahoy_run_options_read(&options, &server->settings, why)) {
		status = ahoy_complain(AHOY_EXIT_USAGE, "%s", why);
	} else {
		server->reread = reread;
		server->reread_ctx = &options;
		status = ahoy_server_run(server);
	}
	free(server);
	return status;
}

int ahoy_command_check(int argc, char **argv)
{
	static const ahoy_command_line line = {
		"ahoyd check",
		"",
		"Looks a configuration file (and options) over as `ahoyd run` would, says what is wrong with file and "
		"line, and starts nothing. Exit 0: all is well; "
		"2: it is not.",
		config_option,
		1,
		true,
		0,
		0,
		"Example:\n  ahoyd check -c /etc/ahoyd.conf\n"};
	ahoy_run_options options;
	ahoy_settings *settings;
	char why[AHOY_SETTINGS_WHY];
	int status = ahoy_run_options_parse(&line, argc, argv, &options);

	if (status >= 0)
		return status;
	settings = malloc(sizeof *settings);
	if (!settings)
		return ahoy_complain(AHOY_EXIT_FAILED, "out of memory");
	status = AHOY_EXIT_OK;
	if (ahoy_run_options_read(&options, settings, why))
		status = ahoy_complain(AHOY_EXIT_USAGE, "%s", why);
	else
		printf("%s: no faults\n", options.config ? options.config : "the options");
	free(settings);
	return status;
}
